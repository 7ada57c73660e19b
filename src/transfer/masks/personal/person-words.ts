/**
 * Words of sentences that are by someone or about someone, in seven languages: who says something, titles, and relatives. What describes a
 * thing has none of them.
 */
export const PERSON_WORDS: readonly string[] = `
i|i'm|i've|my|he|she|his|her|him|mr|mrs|ms|miss|mum|mom|dad|mother|father|son|daughter|husband|wife|brother|sister|grandmother|grandfather|uncle|aunt
ich|mir|mich|mein|meine|meinem|meinen|meiner|frau|herr|herrn|sohn|tochter|mutter|vater|ehefrau|ehemann|bruder|schwester|oma|opa
je|j'ai|j'étais|mon|ma|mes|mme|mlle|madame|monsieur|fils|fille|mari|épouse|époux|mère|père|frère|sœur
yo|mi|mis|me|señor|señora|sr|sra|hijo|hija|marido|mujer|esposo|esposa|madre|padre|hermano|hermana|abuelo|abuela|ella
io|mio|mia|signor|signora|sig|figlio|figlia|marito|moglie|fratello|sorella|nonna|nonno
eu|meu|minha|senhor|senhora|dona|filho|filha|mãe|pai|irmã|irmão|avó|avô
ik|mijn|mij|mevrouw|mevr|dhr|meneer|zoon|dochter|moeder|vader|broer|zus|hij|zij|haar|hem`
  .trim()
  .split(/[|\n]/)
