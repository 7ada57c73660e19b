import type { ColumnType } from '../column-type.ts'

/** A kind of personal data, and how it is recognised. */
export interface PersonalKind {
  readonly name: string
  /** In the words of a column's name: English, German, French and Spanish. */
  readonly words: RegExp
  /** Whether the name counts only in a table of people, as products have names, too. */
  readonly needsPeople: boolean
  readonly families: readonly ColumnType['family'][]
  /** A regular expression of PostgreSQL that values match. */
  readonly value?: string
  /** The mask that suits it. */
  readonly mask: string
}

const words = (text: string) => new RegExp(`(^| )(${text})( |$)`)

/** The kinds, the surest first: a column is of the first that fits. */
export const PERSONAL_KINDS: readonly PersonalKind[] = [
  {
    name: 'password or secret',
    words: words(
      'password|passwd|pwd|pass ?phrase|secret|api ?key|access ?token|refresh ?token|reset ?token|otp|totp|pin ?code|pin|passwort|kennwort|mot ?de ?passe|mdp|contrasena|clave|password ?hash|password ?digest|encrypted ?password|hashed ?password|geheimnis|salt|recovery ?codes?',
    ),
    needsPeople: false,
    families: ['text', 'bytes'],
    mask: 'hash',
  },
  {
    name: 'e-mail address',
    words: words(
      'e ?mails?|e ?mail ?(address|adresse)|mail|mail ?(address|adresse)|courriel|adresse ?mail|correo|correo ?electronico',
    ),
    needsPeople: false,
    families: ['text'],
    value: String.raw`^\s*[^@\s]+@[^@\s]+\.[A-Za-z]{2,}\s*$`,
    mask: 'email',
  },
  {
    name: 'telephone number',
    words: words(
      'phone|phones|phone ?(number|no|nr)|telephone|tel|mobile|mobile ?(number|phone)|cell|cell ?phone|fax|telefon|telefon ?nummer|telefonnummer|handy|handynummer|mobilnummer|rufnummer|telefax|portable|telephone ?portable|numero ?de ?telephone|telefono|movil|celular|numero ?de ?telefono|whats ?app',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: String.raw`^\s*(\+|00?)[0-9][0-9 ()/.-]{6,18}$`,
    mask: 'phone',
  },
  {
    name: 'IBAN',
    words: words(
      'iban|bank ?account|account ?number|kontonummer|bankverbindung|bankkonto|compte ?bancaire|rib|cuenta ?bancaria|numero ?de ?cuenta|routing ?number',
    ),
    needsPeople: false,
    families: ['text'],
    value: '^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,4})?$',
    mask: 'iban',
  },
  {
    name: 'card number',
    words: words(
      'card ?(number|no|nr|num)|credit ?card|pan|kreditkarte|kartennummer|kreditkartennummer|numero ?de ?carte|carte ?bancaire|tarjeta|numero ?de ?tarjeta|cvv|cvc',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: '^[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}$',
    mask: 'card',
  },
  {
    name: 'identity number',
    words: words(
      'ssn|social ?security ?(number|no)?|tax ?(id|number|no)|national ?(id|insurance) ?(number|no)?|nino|passport|passport ?(number|no|nr)|id ?card|drivers? ?licen[cs]e|driving ?licen[cs]e|steuer ?(id|nummer|identifikationsnummer)|steuernummer|sozialversicherungsnummer|svnr|ausweis|ausweisnummer|personalausweis|reisepass|fuhrerschein|nir|numero ?de ?securite ?sociale|securite ?sociale|numero ?fiscal|passeport|nif|dni|nie|cif|seguridad ?social|pasaporte|curp|rfc|medical ?record ?number|mrn|insurance ?number|versichertennummer|health ?id',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: '^[0-9]{3}-[0-9]{2}-[0-9]{4}$',
    mask: 'hash',
  },
  {
    name: 'date of birth',
    words: words(
      'birth ?(date|day)|date ?of ?birth|birthday|dob|born|born ?(on|at)|birth|geburts ?(datum|tag)|geburtsdatum|geburtstag|geb ?datum|geboren|geboren ?am|date ?de ?naissance|naissance|date ?naissance|ne ?le|fecha ?de ?nacimiento|fecha ?nacimiento|nacimiento|cumpleanos|nacido',
    ),
    needsPeople: false,
    families: ['date', 'timestamp', 'text'],
    mask: 'date-shift',
  },
  {
    name: 'IP address',
    words: words(
      'ip|ip ?(address|addr|adresse)|remote ?(ip|addr|address)|client ?ip|last ?(sign ?in|login) ?ip|current ?sign ?in ?ip|adresse ?ip|direccion ?ip',
    ),
    needsPeople: false,
    families: ['network', 'text'],
    value: String.raw`^([0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}$`,
    mask: 'ip',
  },
  {
    name: 'first name',
    words: words(
      'first ?name|given ?name|forename|middle ?name|nick ?name|preferred ?name|vorname|rufname|spitzname|prenom|surnom|primer ?nombre|segundo ?nombre|nombre ?de ?pila|apodo|fname',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'first-name',
  },
  {
    name: 'last name',
    words: words(
      'last ?name|sur ?name|family ?name|maiden ?name|nachname|familienname|geburtsname|zuname|nom ?de ?famille|nom ?de ?naissance|nom ?usage|apellidos?|primer ?apellido|segundo ?apellido|lname',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'last-name',
  },
  {
    name: 'name of a person',
    words: words(
      'full ?name|person ?name|customer ?name|client ?name|user ?name|username|login|login ?name|contact ?name|employee ?name|patient ?name|owner ?name|recipient|recipient ?name|sender ?name|author ?name|holder|card ?holder|account ?holder|cardholder ?name|kundenname|ansprechpartner|kontakt ?name|empfanger|inhaber|kontoinhaber|benutzername|nutzername|vollstandiger ?name|nom ?complet|nom ?client|nom ?du ?client|nom ?utilisateur|destinataire|titulaire|nombre ?completo|nombre ?cliente|nombre ?usuario|destinatario|titular|emergency ?contact|signature',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'name of a person',
    words: /^(name|display ?name|nom|nombres?)$/,
    needsPeople: true,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'street or address',
    words: words(
      'street|street ?(address|name|line)|address|address ?(line)? ?[0-9]?|home ?address|(billing|shipping|delivery|postal|mailing) ?address|house ?(number|no|nr)|strasse|str|hausnummer|hausnr|adresse|anschrift|rechnungsadresse|lieferadresse|rue|adresse ?postale|voie|calle|direccion|domicilio',
    ),
    needsPeople: false,
    families: ['text', 'json'],
    mask: 'street',
  },
  {
    name: 'postcode',
    words: words('zip|zip ?code|post ?code|postal ?code|plz|postleitzahl|code ?postal|codigo ?postal'),
    needsPeople: true,
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'city',
    words: words('city|town|stadt|ort|wohnort|ville|commune|ciudad|localidad|municipio'),
    needsPeople: true,
    families: ['text'],
    mask: 'city',
  },
  {
    name: 'place',
    words: words('lat|lng|lon|latitude|longitude|geo ?location|breitengrad|langengrad|latitud|longitud'),
    needsPeople: true,
    families: ['number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words: words(
      'gender|sex|religion|ethnicity|ethnic ?group|race|nationality|marital ?status|diagnosis|blood ?type|disability|health ?(status|notes)|medical ?(history|notes|conditions?)|allerg(y|ies)|geschlecht|konfession|staatsangehorigkeit|familienstand|diagnose|blutgruppe|behinderung|krankheit|sexe|genre|nationalite|situation ?familiale|groupe ?sanguin|genero|sexo|nacionalidad|estado ?civil|diagnostico|grupo ?sanguineo|sexual ?orientation|political ?(party|opinion)',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'null',
  },
  {
    name: 'income',
    words: words(
      'salary|wage|wages|income|net ?worth|gehalt|lohn|einkommen|salaire|revenu|revenus|salario|sueldo|ingresos|nomina',
    ),
    needsPeople: false,
    families: ['number', 'integer', 'text'],
    mask: 'noise',
  },
  {
    name: 'picture or signature',
    words: words(
      'photo|avatar|portrait|selfie|profile ?(picture|image|photo)|picture|foto|bild|profilbild|unterschrift|image|imagen|firma|fingerprint|face ?id|biometric(s| data)?',
    ),
    needsPeople: true,
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'free text about a person',
    words: words(
      'notes?|comments?|remarks?|bio|biography|about|about ?me|bemerkung(en)?|notiz(en)?|kommentar|anmerkung(en)?|remarques?|commentaires?|observations?|notas?|comentarios?|observaciones|biografia',
    ),
    needsPeople: true,
    families: ['text'],
    mask: 'text',
  },
]

/** Words of a column's name after which it is about something else: when an e-mail was sent, how many there are. */
export const ABOUT_SOMETHING_ELSE =
  /(^| )(id|ids|uuid|at|count|counts|type|types|status|state|template|templates|subject|verified|verification|confirmed|enabled|disabled|sent|opt|format|length|kind|is|has|can|allow|allowed|required|visible|version|provider|limit|size|domain|frequency|notifications?|consent|preferences?|country|code2|currency|sequence|attempts?|expires?|changed|updated|created|url|link|column|field|label|file|path|mime|extension|class|category|slug|sort|order|position|locale|language)( |$)/

/** Words of a table's name whose rows are people, or belong to one. */
export const PEOPLE =
  /(^| )(users?|customers?|clients?|persons?|people|persona|contacts?|employees?|staff|partitions?|patients?|students?|teachers?|leads?|guests?|authors?|subscribers?|accounts?|profiles?|applicants?|candidates?|drivers?|tenants?|owners?|attendees?|participants?|visitors?|buyers?|sellers?|recipients?|donors?|address(es)?|players?|doctors?|relatives?|beneficiar(y|ies)|passengers?|borrowers?|kunden?|benutzer|nutzer|mitarbeiter|mitglied(er)?|personen|patienten|schuler|lehrer|studenten|ansprechpartner|kontakte?|adressen?|mieter|bewerber|teilnehmer|gaste?|utilisateurs?|employes?|salaries|membres?|personnes?|eleves?|etudiants?|adresses?|abonnes?|locataires?|clientes?|usuarios?|empleados?|miembros?|personas?|pacientes?|alumnos?|contactos?|direcciones?|inquilinos?|socios?|proveedores?|huespedes?)( |$)/

/** `billingEMail` and `billing_e_mail` alike: `billing e mail`, without accents. */
export function wordsOf(identifier: string): string {
  return identifier
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .trim()
    .toLowerCase()
}
