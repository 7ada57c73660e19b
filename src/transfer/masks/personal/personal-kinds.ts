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
      'e ?mails?|e ?mail ?(address|adresse)|mail|mail ?(address|adresse)|courriel|adresse ?mail|correo|correo ?electronico|[a-z]*mailadressen?|e ?correo|direccion ?correo',
    ),
    needsPeople: false,
    families: ['text'],
    value: String.raw`^\s*[^@\s]+@[^@\s]+\.[A-Za-z]{2,}\s*$`,
    mask: 'email',
  },
  {
    name: 'telephone number',
    words: words(
      'phone|phones|phone ?(number|no|nr)|telephone|tel|mobile|mobile ?(number|phone)|cell|cell ?phone|fax|telefon|telefon ?nummer|telefonnummer|handy|handynummer|mobilnummer|rufnummer|telefax|portable|telephone ?portable|numero ?de ?telephone|telefono|movil|celular|numero ?de ?telefono|whats ?app|whatsapp|(phone|mobile|cell|fax|tel|contact) ?(no|nr|num|number)|[a-z]*telefon(nummer|nr)?|(handy|mobil|fax|ruf|tel)(nummer|nr)|num(ero)? ?(tel|telephone|portable|movil|celular|telefono)|tel [a-z]+|msisdn',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: String.raw`^\s*(\+|00?)[0-9][0-9 ()/.-]{6,18}$`,
    mask: 'phone',
  },
  {
    name: 'IBAN',
    words: words(
      'iban|bank ?account|account ?number|kontonummer|bankverbindung|bankkonto|compte ?bancaire|rib|cuenta ?bancaria|numero ?de ?cuenta|routing ?number|bank ?account ?(no|nr|number)?|acc(oun)?t ?(no|nr|number)|konto ?(nr|nummer)|numero ?compte|num ?compte|num(ero)? ?cuenta|clabe|sort ?code|bank ?leitzahl|blz',
    ),
    needsPeople: false,
    families: ['text'],
    value: '^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,4})?$',
    mask: 'iban',
  },
  {
    name: 'card number',
    words: words(
      'card ?(number|no|nr|num)|credit ?card|pan|kreditkarte|kartennummer|kreditkartennummer|numero ?de ?carte|carte ?bancaire|tarjeta|numero ?de ?tarjeta|cvv|cvc|num(ero)? ?(tarjeta|carte)|cc ?(num|number)|security ?code',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: '^[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}$',
    mask: 'card',
  },
  {
    name: 'identity number',
    words: words(
      'ssn|social ?security ?(number|no)?|tax ?(id|number|no)|national ?(id|insurance) ?(number|no)?|nino|passport|passport ?(number|no|nr)|id ?card|drivers? ?licen[cs]e|driving ?licen[cs]e|steuer ?(id|nummer|identifikationsnummer)|steuernummer|sozialversicherungsnummer|svnr|ausweis|ausweisnummer|personalausweis|reisepass|fuhrerschein|nir|numero ?de ?securite ?sociale|securite ?sociale|numero ?fiscal|passeport|nif|dni|nie|cif|seguridad ?social|pasaporte|curp|rfc|medical ?record ?number|mrn|insurance ?number|versichertennummer|health ?id|nhs ?(no|number)?|medicare ?(no|number)?|(patient|student|employee|staff|personnel|member|voter|military) ?(no|nr|number)|pers(onal)? ?(nummer|nr)|matrikel ?(nummer|nr)|versicherten ?(nummer|nr)|versicherungs ?(nummer|nr)|krankenkassen ?(nummer|nr)|rentenversicherungs ?(nummer|nr)|(sozialversicherungs|steuer|ausweis|pass) ?nr|steuer ?identnummer|cni|carte ?identite|piece ?identite|num(ero)? ?(secu|securite ?sociale|identite|passeport|permis|carte ?vitale|fiscal|dni|pasaporte|identificacion|licencia|seguridad ?social)|carte ?vitale|permis ?(conduire)?|nss|cedula|documento ?identidad|licencia ?conducir|permiso ?conducir|rut|cuil|cpf|pesel|bsn|niss|id ?(document|card) ?(no|number)?|identity ?(document|card) ?(no|number)?|aadhaar|sin ?number',
    ),
    needsPeople: false,
    families: ['text', 'integer', 'number'],
    value: '^[0-9]{3}-[0-9]{2}-[0-9]{4}$',
    mask: 'hash',
  },
  {
    name: 'date of birth',
    words: words(
      'birth ?(date|day)|date ?of ?birth|birthday|dob|born|born ?(on|at)|birth|geburts ?(datum|tag)|geburtsdatum|geburtstag|geb ?datum|geboren|geboren ?am|date ?de ?naissance|naissance|date ?naissance|ne ?le|fecha ?de ?nacimiento|fecha ?nacimiento|nacimiento|cumpleanos|nacido|(place|city|country) ?of ?birth|birth ?(place|city|country|year|month)|year ?of ?birth|yob|age|geburts ?(ort|land|jahr)|geb ?(dat|tag|ort)?|lieu ?naissance|ville ?naissance|annee ?naissance|fec(ha)? ?nac(imiento)?|fecha ?nac|lugar ?nacimiento|edad|alter',
    ),
    needsPeople: false,
    families: ['date', 'timestamp', 'text'],
    mask: 'date-shift',
  },
  {
    name: 'IP address',
    words: words(
      'ip|ip ?(address|addr|adresse)|remote ?(ip|addr|address)|client ?ip|last ?(sign ?in|login) ?ip|current ?sign ?in ?ip|adresse ?ip|direccion ?ip|([a-z]+ )+ip ?(address|addr|adresse)|(source|src|remote|peer|user|visitor|login|signup|register|registration|host) ?ip|ip ?origen|ip ?client|ipadresse|ipaddress',
    ),
    needsPeople: false,
    families: ['network', 'text'],
    value: String.raw`^([0-9]{1,3}\.){3}[0-9]{1,3}$|^[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}$`,
    mask: 'ip',
  },
  {
    name: 'first name',
    words: words(
      'first ?name|given ?name|forename|middle ?name|nick ?name|preferred ?name|vorname|rufname|spitzname|prenom|surnom|primer ?nombre|segundo ?nombre|nombre ?de ?pila|apodo|fname|known ?as|christian ?name|second ?name|nombres ?pila|nom ?(prenom|usuel)',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'first-name',
  },
  {
    name: 'last name',
    words: words(
      'last ?name|sur ?name|family ?name|maiden ?name|nachname|familienname|geburtsname|zuname|nom ?de ?famille|nom ?de ?naissance|nom ?usage|apellidos?|primer ?apellido|segundo ?apellido|lname|nom ?(famille|jeune ?fille|naissance|epouse|marital)|birth ?name|maiden|apellido ?(paterno|materno)|a ?paterno|a ?materno|second ?surname|madchenname|ledigname',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'last-name',
  },
  {
    name: 'name of a person',
    words: words(
      'full ?name|person ?name|customer ?name|client ?name|user ?name|username|login|login ?name|contact ?name|employee ?name|patient ?name|owner ?name|recipient|recipient ?name|sender ?name|author ?name|holder|card ?holder|account ?holder|cardholder ?name|kundenname|ansprechpartner|kontakt ?name|empfanger|inhaber|kontoinhaber|benutzername|nutzername|vollstandiger ?name|nom ?complet|nom ?client|nom ?du ?client|nom ?utilisateur|destinataire|titulaire|nombre ?completo|nombre ?cliente|nombre ?usuario|destinatario|titular|emergency ?contact|signature|(guest|driver|manager|doctor|teacher|student|member|tenant|passenger|spouse|partner|parent|father|mother|guardian|child|kid|beneficiary|applicant|candidate|speaker|reviewer|assignee|requester|reporter|caller|visitor|buyer|seller|donor|player|sender|payer|payee|insured|person|legal) ?(full ?)?names?|(billing|shipping|delivery|mailing|home|bill to|ship to) ?name|sender|receiver|patient|physician|doctor|nurse|attorney|lawyer|plaintiff|defendant|witness|suspect|victim|complainant|next ?of ?kin|spouse|guardian|payee|payer|beneficiary|policy ?holder|lease ?holder|shipper ?name|attention ?to|attn|consignee|signatory|signed ?by|contact ?person|person ?of ?contact|screen ?name|[a-z]*(leiter|inhaber|nehmer)(in)?|halter(in)?|fahrer(in)?|[a-z]*berechtigte(r)?|eltern(teil)?|zeuge|klager|beklagter|anwalt|geschadigter?|eigentumer(in)?|burge|bewerber(in)?|absender|besteller|auftraggeber|betreuer(in)?|vormund|ehepartner|ehefrau|ehemann|sachbearbeiter(in)?|bearbeiter|hausarzt|behandelnder ?arzt|arzt|notfallkontakt|kontaktperson|mieter ?name|vor ?und ?nachname|name ?(vor|nach)name|(gast|fahrer|patienten|mitarbeiter|empfanger|vertreter|ansprechpartner|mieter|eltern|mutter|vater|schuler) ?name|login ?kennung|benutzer ?kennung|benutzer|identite|pseudo(nyme)?|nom ?(et ?)?prenoms?|prenoms? ?(et ?)?nom|nom ?(patient|salarie|contact|conducteur|titulaire|destinataire|responsable|beneficiaire|adherent|eleve|locataire|signataire)|medecin( ?traitant)?|garant|gerant|proprietaire|avocat|temoin|plaignant|victime|demandeur|auteur|tuteur|conjoint(e)?|expediteur|beneficiaire|assure(e)?|conducteur|interlocuteur|signataire|personne ?contact|contact ?urgence|nombre ?(y ?)?apellidos?|nombre ?(paciente|empleado|contacto|titular|destinatario|conductor|alumno|tutor|beneficiario|responsable|solicitante)|denunciante|demandante|demandado|testigo|abogado|victima|fiador|dueno|propietario|arrendatario|paciente|titular ?cuenta|razon ?social ?cliente|tutor(a)?|conyuge|remitente|beneficiario|conductor|medico|solicitante|asegurado|contacto ?emergencia|persona ?contacto|representante( ?legal)?|usuario',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'name of a person',
    words:
      /^(name|first|last|middle|display ?name|nom|nombres?|nick|handle|alias|kennung|identifiant|responsable|skype|telegram|twitter|instagram|linkedin|facebook)( (handle|url|id))?$/,
    needsPeople: true,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'street or address',
    words: words(
      'street|street ?(address|name|line)|address|address ?(line)? ?[0-9]?|home ?address|(billing|shipping|delivery|postal|mailing) ?address|house ?(number|no|nr)|strasse|str|hausnummer|hausnr|adresse|anschrift|rechnungsadresse|lieferadresse|rue|adresse ?postale|voie|calle|direccion|domicilio|[a-z]*anschrift|(privat|wohn|haus|liefer|rechnungs|post|heimat)[a-z]*adresse|(street|addr|address) ?(1|2|3|one|two)|addr|residence|dwelling|apartment|apt ?(no|number)?|hnr|haus ?nr|wohnung|[a-z]+strasse|num(ero)? ?(rue|voie|calle|casa|exterior|interior|ext|int)|complement ?adresse|domicile|lieu ?residence|residencia|direccion ?(envio|entrega|facturacion|postal)|adresse ?(livraison|facturation|domicile)|piso|numero ?puerta',
    ),
    needsPeople: false,
    families: ['text', 'json'],
    mask: 'street',
  },
  {
    name: 'postcode',
    words: words(
      'zip|zip ?code|post ?code|postal ?code|plz|postleitzahl|code ?postal|codigo ?postal|cp|plz ?ort|post ?leit ?zahl|code ?post|cod ?postal|c ?p|eircode|pin ?code|([a-z]+ )+(zip|zip ?code|post ?code|postal ?code|plz)',
    ),
    needsPeople: true,
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'city',
    words: words(
      'city|town|stadt|ort|wohnort|ville|commune|ciudad|localidad|municipio|([a-z]+ )+(city|town|ville|ciudad)|locality|suburb|village|district|colonia|barrio|comuna|poblacion|quartier|ortsteil|stadtteil|wohnort|gemeinde|kreis|commune ?residence|provincia|bundesland|canton',
    ),
    needsPeople: true,
    families: ['text'],
    mask: 'city',
  },
  {
    name: 'place',
    words: words(
      'lat|lng|lon|latitude|longitude|geo ?location|breitengrad|langengrad|latitud|longitud|gps|coords?|coordinates|geo ?(point|lat|lon|lng)|coordonnees ?gps|coordenadas|(home|last|current) ?(lat|lng|lon|latitude|longitude|location)',
    ),
    needsPeople: true,
    families: ['number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words: words(
      'gender|sex|religion|ethnicity|ethnic ?group|race|nationality|marital ?status|diagnosis|blood ?type|disability|health ?(status|notes)|medical ?(history|notes|conditions?)|allerg(y|ies)|geschlecht|konfession|staatsangehorigkeit|familienstand|diagnose|blutgruppe|behinderung|krankheit|sexe|genre|nationalite|situation ?familiale|groupe ?sanguin|genero|sexo|nacionalidad|estado ?civil|diagnostico|grupo ?sanguineo|sexual ?orientation|political ?(party|opinion)|salutation|honorific|anrede|civilite|tratamiento|pronouns?|titre ?civilite|citizenship|icd( ?code)?|diagnos(is|e|tic) ?(code|key)|diagnoseschlussel|health ?insur(er|ance)|krankenkasse|mutuelle|ordonnance|rezept|receta|rx|native ?language|mother ?tongue|medications?|prescriptions?|pregnan(t|cy)|vaccination( ?status)?|disabilit(y|ies)|allergien?|vorerkrankungen?|anamnese|medikation|medikamente?|symptome|religions? ?zugehorigkeit|nationalitat|schwerbehinderung|krankengeschichte|allergies?|antecedents?( ?medicaux)?|maladies?|pathologies?|handicap|etat ?civil|religion|alergias?|antecedentes|enfermedad(es)?|medicamentos|discapacidad|tipo ?sangre|sintomas|religion|etnia|raza|genre',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: words('conditions?|treatments?|symptoms?|traitements?|tratamientos?|befund(e)?|race|ward ?notes'),
    needsPeople: true,
    families: ['text'],
    mask: 'null',
  },
  {
    name: 'income',
    words: words(
      'salary|wage|wages|income|net ?worth|gehalt|lohn|einkommen|salaire|revenu|revenus|salario|sueldo|ingresos|nomina|(annual|monthly|hourly|gross|net|base) ?(salary|pay|income|wage|rate)|pay ?rate|compensation|bonus|pension|(brutto|netto|grund|jahres|monats|stunden)(gehalt|lohn)|(stunden|tages|monats)satz|tax ?(class|code|withheld)|withholding|steuerklasse|lohnsteuer|kirchensteuer|irpf|retenciones|rente|verdienst|taux ?horaire|tarifa ?hora|salaire ?(brut|net|base|annuel|mensuel)|remuneration|prime|salario ?(bruto|neto|base)|remuneracion|credit ?score|schufa( ?score)?',
    ),
    needsPeople: false,
    families: ['number', 'integer', 'text'],
    mask: 'noise',
  },
  {
    name: 'employer',
    words: words(
      'employer( ?name)?|arbeitgeber|employeur|empleador|occupation|job ?title|beruf|profession|profesion',
    ),
    needsPeople: true,
    families: ['text'],
    mask: 'company',
  },
  {
    name: 'picture or signature',
    words: words(
      '(photo|avatar|portrait|selfie|profile ?(picture|image|photo|pic)|picture|foto|image)( ?(url|path|file|key))?|head ?shot|passfoto|lichtbild|bild|profilbild|unterschrift|imagen|firma ?(digital|electronica)|signature|fingerprint|face ?id|voice ?print|biometric(s| data)?|photo ?identite|huella( ?dactilar)?',
    ),
    needsPeople: true,
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'vehicle of a person',
    words: words(
      'licen[cs]e ?plate|number ?plate|plate ?(no|nr|number)|registration ?plate|vehicle ?registration|kfz ?kennzeichen|kennzeichen|nummernschild|plaque( ?immatriculation)?|immatriculation|num(ero)? ?immatriculation|placa|matricula ?(vehiculo|coche)|vin|chassis ?(no|nr|number)|fahrgestell ?(nummer|nr)|num(ero)? ?chassis|bastidor|num(ero)? ?bastidor',
    ),
    needsPeople: false,
    families: ['text'],
    mask: 'hash',
  },
  {
    name: 'identifier of a device',
    words: words(
      'mac( ?(address|addr|adresse))?|imei|imsi|iccid|idfa|gaid|advertising ?id|(push|device|fcm|apns|registration) ?token|(device|browser) ?(fingerprint|identifier)|client ?id ?cookie|cookie ?id|visitor ?id|adresse ?mac|direccion ?mac',
    ),
    needsPeople: false,
    families: ['text', 'hardware'],
    value: '^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$',
    mask: 'hash',
  },
  {
    name: 'letter or CV',
    words: words(
      'cv|resume|curriculum( ?vitae)?|cover ?letter|motivation( ?letter)?|reference ?letter|lebenslauf|anschreiben|bewerbungsschreiben|motivationsschreiben|zeugnis(se)?|arbeitszeugnis|lettre ?(de ?)?motivation|carta ?(de ?)?(presentacion|motivacion)|hoja ?vida',
    ),
    needsPeople: false,
    families: ['text', 'bytes'],
    mask: 'null',
  },
  {
    name: 'free text about a person',
    words: words(
      'body|message|messages?|content|text|(reason|motif|motivo)( [a-z ]+)?|special ?(request|need)s?|sonder(wunsch|wunsche)|wunsche|relato|narrative|statement|nachricht|anliegen|mensaje|mensajes|notes?|comments?|remarks?|bio|biography|about|about ?me|bemerkung(en)?|notiz(en)?|kommentar|anmerkung(en)?|remarques?|commentaires?|observations?|notas?|comentarios?|observaciones|biografia|free ?text|description ?personne|vermerk|hinweise?|appreciation|observacion|nota',
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
  /(^| )(users?|customers?|clients?|persons?|people|persona|contacts?|employees?|staff|members?|patients?|students?|teachers?|leads?|guests?|authors?|subscribers?|accounts?|profiles?|applicants?|candidates?|drivers?|tenants?|owners?|attendees?|participants?|visitors?|buyers?|sellers?|recipients?|donors?|address(es)?|players?|doctors?|relatives?|beneficiar(y|ies)|passengers?|borrowers?|kunden?|benutzer|nutzer|mitarbeiter|mitglied(er)?|personen|patienten|schuler|lehrer|studenten|ansprechpartner|kontakte?|adressen?|mieter|bewerber|teilnehmer|gaste?|utilisateurs?|employes?|salaries|membres?|personnes?|eleves?|etudiants?|adresses?|abonnes?|locataires?|clientes?|usuarios?|empleados?|miembros?|personas?|pacientes?|alumnos?|contactos?|direcciones?|inquilinos?|socios?|proveedores?|huespedes?)( |$)/

/** Words of a column's name that make it about a person, whatever its table: `billing city`. */
export const OF_A_PERSON =
  /(^| )(ship(ping)? ?(to)?|bill(ing)? ?(to)?|delivery|mailing|home|private|recipient|customer|client|contact|owner|holder|patient|employee|member|guest|liefer|rechnungs|kunden|livraison|facturation|envio|entrega|facturacion)( |$)/

/** Words of a table's name whose addresses are those of a business. */
export const OF_PLACES =
  /(^| )(stores?|shops?|branch(es)?|warehouses?|depots?|offices?|venues?|hotels?|restaurants?|locations?|sites?|facilit(y|ies)|plants?|filialen?|standorte?|lager|niederlassung(en)?|geschafte?|magasins?|boutiques?|agences?|entrepots?|sucursal(es)?|tiendas?|almacen(es)?|oficinas?|sedes?)( |$)/

/** Words of a table's name whose addresses are those of machines. */
export const OF_MACHINES =
  /(^| )(servers?|hosts?|nodes?|networks?|subnets?|routers?|firewalls?|interfaces?|dns|vpns?|switch(es)?|gateways?|clusters?|instances?|machines?|serveurs?|servidores|redes|netzwerke?)( |$)/

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
