import { EN } from './en.ts'
import type { WordLists } from './lists.ts'

/** German words. */
export const DE: WordLists = {
  firstNames:
    'Alexander,Andrea,Andreas,Angelika,Anja,Anna,Anton,Barbara,Benjamin,Bernd,Birgit,Brigitte,Charlotte,Christian,Christina,Claudia,Daniel,David,Dieter,Elias,Elisabeth,Emil,Emma,Erika,Eva,Felix,Finn,Florian,Frank,Friedrich,Gabriele,Georg,Greta,Hannah,Hans,Heike,Heinrich,Helga,Ida,Ingrid,Jan,Jana,Johanna,Jonas,Julia,Jürgen,Karin,Karl,Katharina,Klaus,Lara,Laura,Lea,Lena,Leon,Lina,Ludwig,Luisa,Lukas,Manfred,Maria,Marie,Markus,Martin,Matthias,Max,Mia,Michael,Monika,Moritz,Nicole,Niklas,Oskar,Paul,Paula,Peter,Petra,Rainer,Renate,Sabine,Sebastian,Silke,Simon,Sophie,Stefan,Susanne,Theo,Thomas,Ursula,Uwe,Werner,Wolfgang'.split(
      ',',
    ),
  lastNames:
    'Albrecht,Arnold,Bauer,Baumann,Beck,Becker,Berger,Bergmann,Böhm,Brandt,Braun,Busch,Dietrich,Engel,Ernst,Fischer,Frank,Franke,Friedrich,Fuchs,Graf,Groß,Günther,Haas,Hahn,Hartmann,Heinrich,Herrmann,Hoffmann,Hofmann,Horn,Huber,Jäger,Jung,Kaiser,Keller,Klein,Koch,Köhler,König,Kraus,Krause,Krüger,Kuhn,Kühn,Lang,Lange,Lehmann,Lorenz,Ludwig,Maier,Martin,Mayer,Meier,Meyer,Möller,Müller,Neumann,Otto,Peters,Pfeiffer,Pohl,Richter,Roth,Sauer,Schäfer,Schmid,Schmidt,Schmitt,Schneider,Scholz,Schreiber,Schröder,Schubert,Schulte,Schulz,Schumacher,Schuster,Schwarz,Seidel,Simon,Sommer,Stein,Thomas,Vogel,Vogt,Voigt,Wagner,Walter,Weber,Weiß,Werner,Winkler,Winter,Wolf,Wolff,Ziegler,Zimmermann'.split(
      ',',
    ),
  cities:
    'Aachen,Augsburg,Bamberg,Bielefeld,Bochum,Bonn,Braunschweig,Bremen,Chemnitz,Cottbus,Darmstadt,Dortmund,Dresden,Duisburg,Düsseldorf,Erfurt,Erlangen,Essen,Flensburg,Freiburg,Fulda,Göttingen,Halle,Hannover,Heidelberg,Heilbronn,Jena,Karlsruhe,Kassel,Kiel,Koblenz,Köln,Konstanz,Leipzig,Lübeck,Magdeburg,Mainz,Mannheim,Münster,Nürnberg,Oldenburg,Osnabrück,Potsdam,Regensburg,Rostock,Stuttgart,Trier,Ulm,Weimar,Würzburg'.split(
      ',',
    ),
  streets:
    'Ahornweg,Am Bahnhof,Amselweg,Bachstraße,Bahnhofstraße,Beethovenstraße,Bergstraße,Birkenweg,Blumenstraße,Brunnenstraße,Buchenweg,Burgstraße,Dorfstraße,Drosselweg,Eichenweg,Erlenweg,Feldstraße,Fichtenweg,Finkenweg,Friedhofstraße,Gartenstraße,Goethestraße,Hauptstraße,Hochstraße,Industriestraße,Jahnstraße,Kastanienweg,Kiefernweg,Kirchstraße,Kirchweg,Lessingstraße,Lindenstraße,Lindenweg,Marktplatz,Mittelstraße,Mozartstraße,Mühlenweg,Neue Straße,Poststraße,Ringstraße,Rosenweg,Schillerstraße,Schulstraße,Sonnenstraße,Talstraße,Uhlandstraße,Waldstraße,Wiesenweg'.split(
      ',',
    ),
  address: { before: '', after: ' 1' },
  companies: EN.companies,
  legalForms: 'GmbH,AG,KG,GmbH & Co. KG,OHG'.split(','),
}
