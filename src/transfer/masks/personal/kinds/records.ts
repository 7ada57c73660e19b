import type { PersonalKind } from '../kind.ts'

/** Alternatives, one a line. */
const list = (text: string) => text.trim().replaceAll('\n', '|')

/** Numbers under which someone is insured, treated, licensed or a member. */
const NUMBERS = list(`
[a-z]*mitglieds? ?(nummer|nr)
[a-z]*(vers|versicherten|versicherungs) ?(nummer|nr)
(num(ero)?|no|n) (membre|adherent|patient|assure|licence|ordre|socio|paciente|colegiado|afiliado|tessera|paziente|iscritto|utente|beneficiario)
(membre|adherent|patient|assure|socio|paciente|colegiado|afiliado|tessera|iscritto|utente) (num(ero)?|no|nr)
(lid|leden|patient|client|verzekerden|big|polis ?houder) ?(nummer|nr)
(patient|member|person|client|resident|subject|beneficiary) ?(identifier|ident)
npn|npi( (no|number))?|gln( (no|nr|number))?
carteirinha|(numero )?carteira( (convenio|plano))?
`)

/** What else is written on an envelope, and how an address is found. */
const ADDRESSES = list(`
[a-z]*(adress|adressierungs|anschriften?|strassen?|namens?|hausnummern?) ?zusatz
adres ?toevoeging
address ?(supplement|addition|extra|complement|suffix)
(complemento|complement|complemento) (endereco|adresse|direccion|indirizzo)
(pontos?|puntos?|points?) (de )?(referencia|repere|reference)
(landmark|nearest landmark|near by|directions to (house|home))
referencias? (domicilio|domiciliaria|direccion|ubicacion|endereco)
`)

/** Who insures someone, or is remembered. */
const NAMES = list(`
contraente
souscripteur
tomador( (del )?seguro)?
contratante
verzekeringnemer
policy ?holder
in (memory|honou?r|loving memory) of
on behalf of
`)

/** Both sides of a document. */
const SIDES =
  '(front|back|recto|verso|anverso|reverso|vorderseite|ruckseite|fronte|retro|frente|voorkant|achterkant)( side)? ?(image|photo|scan|picture|img|foto|bild|imagen|immagine|imagem)( (url|path|key|file|uri))?'

/** Kinds of what a record of a person holds beside their name and their contacts. */
export const RECORDS: readonly PersonalKind[] = [
  {
    name: 'identity number',
    words: NUMBERS,
    families: ['text', 'integer', 'number'],
    mask: 'hash',
  },
  {
    name: 'identity number',
    words: 'licen[cs]e|licencia|licenza|licenca|lizenz|lic|ean( (nr|no|number))?',
    isWhole: true,
    needs: 'people',
    families: ['text'],
    mask: 'hash',
  },
  {
    name: 'password or secret',
    words:
      '((access|refresh|session|auth|api|device|push|reset|login) )?tokens?|credentials|secrets|((otp|mfa|backup|recovery) )+codes?|api ?keys?',
    families: ['json'],
    mask: 'hash',
  },
  {
    name: 'name of a person',
    words: NAMES,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'street or address',
    words: '((incident|event|scene|accident) )?location (text|address)|scene address',
    needs: 'about people',
    families: ['text'],
    mask: 'street',
  },
  {
    name: 'street or address',
    words: ADDRESSES,
    families: ['text'],
    mask: 'street',
  },
  {
    name: 'city',
    words: '',
    needs: 'about people',
    families: ['text'],
    // With the postcode before it, or behind the state.
    value: `^(${[
      '([A-Z]{1,2}-)?[0-9]{5} [[:upper:]][[:lower:]]+.*',
      '(A|CH|L|B|DK|N)-[0-9]{4} [[:upper:]][[:lower:]]+.*',
      '[1-9][0-9]{3} ?[A-Z]{2},? [[:upper:]].*',
      '[[:upper:]][[:alpha:]. -]+,? [A-Z]{2} [0-9]{5}(-[0-9]{4})?',
      '[[:upper:]][[:alpha:]. -]+,? [A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}',
    ].join('|')})$`,
    mask: 'city',
  },
  {
    name: 'health, origin or belief',
    words: '(cid|icd|cim|cie) ?(9|10|11)( (code|codigo|desc|descricao|principal))?',
    needs: 'about people',
    families: ['text', 'own'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words:
      'disabilita|invalidita|discapacidad|behinderung|beperking|incapacite|legge 104|(besoins?|necesidades|bisogni) (speciaux|especiales|speciali)',
    families: ['boolean'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: '(burg|burgerl) ?staat|(sit|situ) ?fam|(est|estado) ?civ|civ ?stat|marit ?stat|fam ?stat',
    families: ['text', 'integer', 'own'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words:
      'children|kinder|enfants|hijos|figli|filhos|kinderen|(num |n |nb |no )?(integrantes|household members|membres foyer|haushaltsmitglieder)',
    isWhole: true,
    needs: 'people',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'income',
    words: '(fico|vantage|beacon)( ?score)?',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'picture or signature',
    words: SIDES,
    needs: 'about people',
    families: ['text', 'bytes'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: '(traffic |driving |moving )?violations?',
    isWhole: true,
    needs: 'people',
    families: ['text'],
    mask: 'null',
  },
  {
    name: 'free text about a person',
    words: 'entry|entries|eintrag|eintrage|eintragung|[a-z]*zusatz( ?text)?|zusatz ?(text|angaben?)',
    isWhole: true,
    needs: 'writing',
    families: ['text'],
    mask: 'text',
  },
]
