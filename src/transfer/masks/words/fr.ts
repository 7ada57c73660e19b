import { EN } from './en.ts'
import type { WordLists } from './lists.ts'

/** French words. */
export const FR: WordLists = {
  firstNames:
    'Adèle,Adrien,Agathe,Alain,Alice,Amélie,André,Anne,Antoine,Arthur,Aurélie,Baptiste,Benoît,Bernard,Brigitte,Camille,Catherine,Céline,Chantal,Charles,Chloé,Christophe,Claire,Claude,Clément,Denis,Dominique,Édouard,Élise,Élodie,Emma,Éric,Étienne,Fabien,Florence,François,Françoise,Frédéric,Gabriel,Gérard,Guillaume,Hélène,Henri,Hugo,Inès,Isabelle,Jacques,Jean,Jeanne,Jérôme,Julie,Julien,Laurent,Léa,Léo,Louis,Louise,Lucas,Lucie,Madeleine,Manon,Marc,Marguerite,Marie,Martine,Mathieu,Maxime,Michel,Monique,Nathalie,Nicolas,Olivier,Pascal,Patrick,Paul,Pauline,Philippe,Pierre,Raphaël,Rémi,Sandrine,Sophie,Stéphane,Sylvie,Théo,Thomas,Valérie,Véronique,Victor,Vincent,Yves,Zoé'.split(
      ',',
    ),
  lastNames:
    'Andre,Aubert,Barbier,Benoit,Bernard,Bertrand,Blanc,Blanchard,Bonnet,Bourgeois,Boyer,Brun,Carpentier,Chevalier,Clément,Colin,David,Denis,Deschamps,Dubois,Dufour,Dumont,Dupont,Dupuis,Durand,Duval,Fabre,Faure,Fontaine,Fournier,François,Garnier,Gautier,Gauthier,Gérard,Girard,Giraud,Guérin,Henry,Hubert,Jacquet,Joly,Lacroix,Lambert,Laurent,Leclerc,Lecomte,Lefebvre,Lefèvre,Legrand,Lemaire,Lemoine,Leroux,Leroy,Lucas,Marchand,Martin,Martinez,Masson,Mathieu,Mercier,Meunier,Meyer,Michel,Morel,Moreau,Morin,Moulin,Nicolas,Noël,Olivier,Perrin,Petit,Philippe,Picard,Pierre,Renard,Renaud,Richard,Rivière,Robert,Robin,Roche,Rolland,Rousseau,Roussel,Roux,Roy,Simon,Thomas,Vasseur,Vidal,Vincent'.split(
      ',',
    ),
  cities:
    'Aix-en-Provence,Amiens,Angers,Annecy,Arles,Avignon,Bayonne,Besançon,Béziers,Bordeaux,Bourges,Brest,Caen,Cannes,Chambéry,Chartres,Colmar,Dijon,Dunkerque,Grenoble,La Rochelle,Le Havre,Le Mans,Lille,Limoges,Lorient,Lyon,Marseille,Metz,Montpellier,Mulhouse,Nancy,Nantes,Nice,Nîmes,Orléans,Pau,Perpignan,Poitiers,Quimper,Reims,Rennes,Rouen,Saint-Étienne,Strasbourg,Toulon,Toulouse,Tours,Troyes,Valence,Vannes'.split(
      ',',
    ),
  streets:
    "allée des Tilleuls,avenue Jean Jaurès,avenue de la Gare,avenue de la République,avenue des Peupliers,boulevard Pasteur,boulevard Victor Hugo,chemin des Vignes,chemin du Moulin,impasse des Lilas,place de la Mairie,place du Marché,rue Anatole France,rue de la Fontaine,rue de la Gare,rue de la Mairie,rue de la Paix,rue de l'Abbaye,rue de l'Église,rue de l'École,rue des Acacias,rue des Écoles,rue des Fleurs,rue des Jardins,rue des Lilas,rue des Prés,rue des Roses,rue du Château,rue du Lavoir,rue du Marché,rue du Moulin,rue du Pont,rue du Stade,rue Émile Zola,rue Jules Ferry,rue Molière,rue Neuve,rue Pasteur,rue Principale,rue Victor Hugo,rue Voltaire".split(
      ',',
    ),
  address: { before: '1 ', after: '' },
  companies: EN.companies,
  legalForms: 'SARL,SA,SAS,EURL,et Fils'.split(','),
}
