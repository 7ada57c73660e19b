import { wordListsFor } from '../words/word-lists.ts'

/** First names that are common in Europe and America, in addition to those that masks write. */
const MORE = `
aaron abdul adriana agnes ahmed alan albert alberto aleksandra alessandro alex alexander alexandra alexis alfred ali alina alison amanda amy ana anastasia andrea
andreas andrei andres angela angelika anita anja anke ann anne annette anthony antje anton antoine antonio ariane armin arnaud astrid aurelie axel barbara beate
beatrice beatriz benedikt benoit bernard bernd bernhard bettina birgit björn bodo brandon brenda brian brigitte bruce bruno bryan camila camille carl carla carlos
carol carmen carolyn catherine cathy cecile chantal charlie cheryl chloé chris christa christian christina christine christoph claire claude claudia claudio colin
cornelia craig cristina cynthia dagmar damien daniela danielle dave dean deborah denis denise dennis didier diego dieter dirk dmitri dolores dominik dominique
donald donna doris douglas eduardo edwin elena elisa elisabeth elke ellen elvira emilio emmanuel enrique eric erica erik erika ernst esteban esther etienne eugen eva
fabian fabienne fabio fatima felipe felix fernanda fernando ferdinand florian francesca francesco francis francisco franck francois françois frank franz fred
friedrich gabriel gabriela gabriele gary gaston georg georges gerald gérard gerd gerhard gilbert gilles gisela giovanni giulia gloria gonzalo gregor gregory greg
guido guillaume guillermo günter günther gustav hans hassan heather hector heidi heike heinrich heinz helen helena helene hélène helga helmut henri herbert
hermann holger horst hubert hugo ian ibrahim ignacio igor ilse ines inge ingo ingrid irene iris isabelle isabella ivan ivo jacob jacques jaime jan janet janina
jasmin jason javier jean jeanne jeff jeffrey jennifer jens jeremy jérôme jessica jesus jill jim joachim joan joanna joaquin jochen joe joel johan johann johanna
johannes jonas jonathan jordan jorge jörg jose josé josef judith judy juan juana juanita julie julien juliette julio jürgen jutta kai karen karin karl karla
karsten katharina kathleen kathrin katja keith kelly kenneth kerstin kevin khalid kim kimberly klaus konrad kristin kurt kyle lars larry lauren laurent lea leah
lena leo leon leonard leonie leticia liam linda lisa lorena lorenz lothar louise luc luca lucia luis luisa lukas lutz lydia magdalena maja manfred manon manuel
manuela marc marcel marcela marco marcos marcus margarita margot maria marianne marie mario marion marta marlene martina martine mateo mathias mathieu matthias
maurice max maximilian melanie melissa mercedes micaela michaela michel michele michelle miguel mike milan mohamed mohammed moritz monica monika monique murat
nadia nadine nancy natalia natalie nathalie nele nicolas nicole nick nico niklas nils nina noah noel norbert oksana olaf olga oliver olivier omar otto pablo
pamela paola pascal patricia patrice patrizia paula pauline pavel pedro petra philipp philippe pierre pilar priya rafael rainer ralf ralph ramon raquel raul
raymond regina regine reinhard renate rené ricardo rita roberto rodolfo rodrigo roger roland rolf roman ronald rosa rosario roberta rudolf ruben russell ryan
sabine sabrina salvador sandra sandrine santiago sara sascha scott sean sebastian sébastien sergei sergio sharon sheila silke silvia simone sofia sonia sonja
sophie stefan stefanie steffen stéphane stephanie stephen steve steven stuart susana susanne svenja sven swen sylvia sylvie tamara tania tanja tatjana teresa
theo theresa thierry thorsten tim timo tobias todd tom tony torsten tracy ulf ulrich ulrike ursula ute uwe valentina valentin valerie vanessa veronika véronique
veronica vera vicente victoria vincent virginia vladimir volker walter waltraud wayne wendy werner wilfried wilhelm willi wolfgang xavier ximena yannick yolanda
yusuf yves yvonne zofia`

/** The first names that values are compared with, in lower case, and with their accents if the server can represent them. */
export function commonFirstNames(isAscii: boolean): string[] {
  const written = (['en', 'de', 'fr', 'es'] as const).flatMap(
    (locale) => wordListsFor(locale, isAscii).firstNames,
  )
  const names = [...MORE.trim().split(/\s+/), ...written].map((name) => name.toLowerCase())
  const plain = names.map((name) => name.normalize('NFD').replaceAll(/[^a-z-]/g, ''))
  return [...new Set(isAscii ? plain : [...names, ...plain])]
}
