import { affixesOf, splitWordsOf, wordsOf } from './name-words.ts'
import { spellOut } from './short-words.ts'

/** What the rows of a table are: people, something related to people, a business or a place, machines, or anything else. */
export interface TableContext {
  readonly isOfPeople: boolean
  readonly isAboutPeople: boolean
  readonly isOfPlaces: boolean
  /** By columns that only a company has. */
  readonly isOfCompanies: boolean
  readonly isOfThings: boolean
  readonly isOfMachines: boolean
  readonly isOfAnimals: boolean
  readonly isOfClients: boolean
  readonly isOfMessages: boolean
  readonly isOfMovements: boolean
  readonly isOfCredentials: boolean
  /** Whether they hold copies of rows of other tables. */
  readonly isOfCopies: boolean
  /** Whether they are e-mails, or messages to telephones. */
  readonly isOfMails: boolean
  readonly isOfTexts: boolean
  readonly isOfLedgers: boolean
  readonly isOfPay: boolean
  readonly isOfHealth: boolean
  /** The words of its name. */
  readonly words: string
  readonly affixes: ReturnType<typeof affixesOf>
}

/** Finds out what a table is about, from its name and the names of its columns. */
export function tableContext(table: string, columns: readonly string[]): TableContext {
  const spelled = spellOut(splitWordsOf(table))
  const words = `${spelled} `
    .replace(
      / (history|histories|archive[ds]?|backup|bak|old|new|tmp|temp|data|infos?|information|details?|records?|versions?|master|names?|personal|stamm|stammdaten|[0-9]+) $/,
      '',
    )
    .trim()
  const named = PEOPLE.test(words) || PEOPLE.test(wordsOf(table))
  const isAList = LISTS.test(words)
  const isOfClients = APPLICATIONS.test(words)
  const refers = columns
    .map(splitWordsOf)
    .some((column) => KEY.test(column) && REFERENCE.test(column) && !OF_A_TREE.test(column))
  const hasTwo = (pattern: RegExp) =>
    columns.filter((column) => pattern.test(spellOut(splitWordsOf(column)))).length >= 2
  const isOfCompanies = hasTwo(OF_COMPANIES) && (!PEOPLE_AT_THE_END.test(words) || TRADERS.test(words))
  const isATemplate =
    MAILS.test(words) && !refers && !columns.some((column) => ADDRESSED.test(splitWordsOf(column)))
  const isOfMessages = MESSAGES.test(words) && !isAList && !isATemplate
  return {
    isOfPeople: PEOPLE_AT_THE_END.test(words) && !isAList && !isOfClients && !isOfCompanies,
    isAboutPeople:
      !isOfClients && !isAList && (named || PEOPLE_AT_THE_END.test(words) || refers || isOfMessages),
    isOfPlaces: PLACES.test(words) || isOfCompanies,
    isOfCompanies,
    isOfLedgers: LEDGERS.test(words),
    isOfThings: THINGS.test(words) || isAList || isOfClients || hasTwo(OF_GOODS),
    isOfMachines: MACHINES.test(words),
    isOfClients,
    isOfAnimals: ANIMALS.test(words),
    isOfMessages,
    isOfCredentials: CREDENTIALS.test(words) && !isAList,
    isOfCopies: COPIES.test(spelled) && !isAList,
    isOfMails: MAILS.test(words) && !isAList && !isATemplate,
    isOfTexts: TEXTS.test(words) && !isAList,
    isOfPay: PAY.test(words),
    isOfHealth: (HEALTH.test(words) || hasTwo(CLINICAL)) && !isAList,
    isOfMovements: MOVEMENTS.test(words) && (!PLACES.test(words) || OF_A_MOVE.test(words)),
    words,
    affixes: affixesOf(columns, table),
  }
}

const whole = (text: string) => new RegExp(`(^| )(${text})( |$)`)
const atTheEnd = (text: string) => new RegExp(`(^| )(${text})( (address(es)?|locations?|contacts?))?$`)

/** Words for people, in the singular. */
const PERSON =
  'reporter|uploader|poster|assignee|requester|user|customer|client|person|people|persona|contact|employee|staff|member|patient|student|pupil|teacher|lead|guest|author|subscriber|applicant|candidate|driver|tenant|owner|attendee|participant|visitor|buyer|seller|recipient|donor|player|doctor|physician|nurse|relative|passenger|borrower|parent|guardian|child|dependent|dependant|kid|spouse|volunteer|worker|contractor|freelancer|instructor|trainer|trainee|learner|professor|lecturer|alumnus|alumni|citizen|resident|voter|inmate|offender|defendant|plaintiff|witness|victim|suspect|officer|caregiver|carer|therapist|practitioner|clinician|caller|rider|courier|travel(l)?er|viewer|reviewer|follower|friend|editor|respondent|claimant|insured|policy ?holder|card ?holder|account ?holder|signer|signatory|sender|payee|payer|debtor|landlord|lessee|renter|occupant|guarantor|investor|shareholder|manager|supervisor|technician|admin|administrator|moderator|registrant|mentor|mentee|intern|prospect|individual|adopter|invitee|invited|salesperson|sales ?rep|barber|stylist|coach|groom|bride|heir|householder|refugee|migrant|prisoner|soldier|veteran|personnel|crew|actor|performer|speaker|emp|cust|usr|pat|stud|crm ?contact|address|agent|head of household|next of kin|beneficiar(y|ies)' +
  '|kunde|kunden|kundin|benutzer|nutzer|anwender|mitarbeiter|mitarbeiterin|mitglied|mitglieder|person|personen|patient|patienten|schuler|lehrer|student|studenten|studierende|ansprechpartner|kontakt|kontakte|adresse|adressen|mieter|vermieter|bewerber|bewerberin|teilnehmer|gast|gaste|angehorige|angestellte|arzt|arzte|versicherte|versicherter|kind|kinder|eltern|fahrer|spender|einwohner|burger|azubi|auszubildende|dozent|dozenten|personal|klient|klienten|bewohner|interessent|interessenten|leser|ausleiher|inhaber' +
  '|utilisateur|employe|salarie|membre|personne|eleve|etudiant|adresse|abonne|adherent|locataire|beneficiaire|medecin|enseignant|professeur|candidat|contact|agent|benevole|donateur|assure|citoyen|habitant|enfant|parent|conducteur|chauffeur|stagiaire|visiteur|proprietaire|destinataire|usager|individu|famille' +
  '|cliente|usuario|empleado|miembro|persona|paciente|alumno|alumna|contacto|direccion|direcciones|inquilino|socio|huesped|huespedes|trabajador|trabajadores|profesor|profesores|estudiante|ciudadano|conductor|conductores|medico|asegurado|donante|voluntario|proveedor|proveedores|titular|agente|vecino|candidato|beneficiario|empleada|docente|familiar|familiares' +
  '|utente|utenti|clienti|dipendente|dipendenti|persone|paziente|pazienti|contatto|contatti|indirizzo|indirizzi|socio|soci|anagrafica|anagrafiche|alunno|alunni|studente|studenti|insegnante|medici|fornitore|fornitori|ospite|ospiti|collaboratore|collaboratori|referente|referenti|iscritto|iscritti|inquilini|autista|autisti|tecnico|tecnici|agenti|candidati|donatore' +
  '|usuaria|funcionario|pessoa|pessoas|aluno|endereco|membro|contato|servidor|servidores|trabalhador|trabalhadores|hospede|morador|moradores|motorista|fornecedor|fornecedores|fisica|cidadao|professores|responsavel|estudantes|segurado|doador|colaborador|colaboradores' +
  '|klant|klanten|gebruiker|gebruikers|medewerker|medewerkers|werknemer|werknemers|lid|leden|persoon|personen|patienten|leerling|leerlingen|docenten|contactpersoon|contactpersonen|adres|adressen|huurder|huurders|deelnemer|deelnemers|relatie|relaties|bezoeker|ouder|bewoner|bewoners|chauffeurs|vrijwilliger|vrijwilligers|cursist|cursisten'

/** Words that show that an account or profile is a person's. */
const ACCOUNTS =
  '((user|customer|client|member|staff|admin|social|guest|person|public|personal|employee|student|patient|seller|buyer|dating|player|author|my) )(account|profile)s?'

const PEOPLE = whole(`(${PERSON})(s|es)?|${ACCOUNTS}|children|families|family ?members?|wives|nurses`)
const PEOPLE_AT_THE_END = new RegExp(
  `^(accounts?|profiles?)$|(^| )((${PERSON})(s|es)?|${ACCOUNTS}|children|family ?members?|[a-z]+(adressen?|kunden|mitarbeiter|mitglieder|patienten|personen|kontakte|nehmer|nutzer|halter|inhaber))$`,
)

/** A name of a person, by a word for one: `nombre vecino`. */
export const ROLE_NAME = new RegExp(
  `^(nom|nombre|nome|name|naam|nm) (${PERSON})(s|es)?$|^([a-z]+ )?(${PERSON}) (name|naam|nom|nombre|nome|nm)$`,
)

/** Whether a column of a table has the names of its rows: `name`, `firma`, `agency_name` of `travel_agents`. */
export function namesItsRow(table: string, column: string): boolean {
  const name = spellOut(splitWordsOf(column))
  const words = splitWordsOf(table).replace(/(e?s)$/, '')
  return (
    OWN_NAME.test(name) ||
    (/ (name|nm|nom|nombre|nome|naam)$/.test(name) && words.includes(name.replace(/ \w+$/, '')))
  )
}

const OWN_NAME =
  /^(name|nom|nombre|nome|naam|firma|firm|denominat?ion|denominacion|denominazione|designacao|bezeichnung|(raison|ragione|razon|razao) (soc|sociale?|social)|bedrijfs ?naam|firmen ?name|(legal|company|firm|business|agency|organi[sz]ation|supplier|vendor|payer|insurer|carrier|partner|trade|trading) name)$/

const KEY = /^(id|cod|fk|ref|codigo|i) | (id|uid|uuid|guid|no|nr|number|ref|fk|key|code)$/

/** A column that refers to a person: `user_id`, `idcliente`, `author`. */
const REFERENCE = new RegExp(
  `^((created|sent|written|posted|from|to|owner|assigned) )?((${PERSON})(s)?) (id|uid|uuid|guid|no|nr|number|ref|fk|key|code)$|^(id|cod|fk|ref|codigo|i) (${PERSON})$`,
)

/** What refers to the row above, or to an address. */
const OF_A_TREE = /^(id )?(parent|child|address|adresse|direccion|indirizzo|endereco|adres)( |$)/

/** Rows that describe a configuration, although the name contains people: `user_roles`, `contact types`. */
const LISTS =
  /(^| )(types?|kinds?|roles?|groups?|categor(y|ies)|fields?|options?|settings?|filters?|stages?|pipelines?|permissions?|preferences?|status(es)?|states?|templates?|rules?|tags?|attributes?|exceptions?|forms?|labels?|sources?|segments?|levels?|tiers?|plans?|schemas?|definitions?|configs?|configurations?|reasons?|criteria|policies|policy|features?|flags?|metrics|stats|statistics|counters?|tracking|reserved words?|restrictions?|titles?|headings?|classes|translations?|gruppen?|typen?|arten|rollen|einstellungen|vorlagen|kategorien?|roles|permisos|tipos?|categorias?|grupos?|plantillas?|tipi|categorie|gruppi|ruoli|modeles?|categories|groupes?)$|^(types?|tipos?|grupos?|roles?|categorias?|tipi|gruppi|categorie|ruoli|groupes?|estados?|config|conf|codes?|default|template)( |$)|(^| )(custom fields?|field values|unit types?|gl|ledger|chart of|stage|pipeline)( |$)/

/** Applications that sign in, which are also called clients. */
const APPLICATIONS = whole(
  '(oauth|oauth2|oidc|saml|api|mobile|app|openid|sso) ?(clients?|apps?|applications?|providers?)|client applications?|client scopes?',
)

const PLACES = atTheEnd(
  '[a-z]*amt|amter|behorden?|gerichte?|prefectures?|mairies?|tribunal|tribunaux|ayuntamientos?|(store|branch|office|site|shop) ?locations?|workshops?|werkstatte?n?|garages?|insurers?|versicherer|ruckversicherer|assureurs?|aseguradoras?|payers?|carriers?|spediteure?|transporteurs?|vettor[ei]|dealers?|agenc(y|ies)|partnerfirmen|stores?|lieux?|luoghi|lugares|shops?|branch(es)?|warehouses?|depots?|offices?|venues?|hotels?|restaurants?|locations?|sites?|facilit(y|ies)|plants?|buildings?|rooms?|schools?|universit(y|ies)|hospitals?|clinics?|compan(y|ies)|organi[sz]ations?|organi[sz]ation units?|businesses|suppliers?|vendors?|manufacturers?|brands?|airports?|stations?|stops?|cities|places?|regions?|countries|counties|cantons?|provinces?|municipalit(y|ies)|zip ?codes?|post ?codes?|ciudades|provincias|paises|municipios|localidades|codigos postales|puntos interes( [a-z]+)?|villes|communes|departements|pays|stadte|orte|lander|bundeslander|regionen|gemeinden|citta|comuni|regioni|cidades|estados|institutions?|banks?|filialen?|standorte?|lager|niederlassung(en)?|geschafte?|firm(a|en)|lieferanten?|magasins?|boutiques?|agences?|entrepots?|entreprises?|societes?|fournisseurs?|sucursal(es)?|tiendas?|almacen(es)?|oficinas?|sedes?|empresas?|escolas?|lojas?|aziende?|negozi|sedi|filiali|magazzin[io]|negozio|filiale|azienda|bedrijf|winkel|vestiging|depot|sportstatten?|sportstaetten?|stadion|halle|gebaude|copropriete|immeubles?|batiments?|edificios?|wards?|fil|bedrijven|winkels?|vestigingen|libraries|gyms?|studios?|churches|parishes|pharmac(y|ies)|laborator(y|ies)|labs?|merchants?|centers?|centres?|attractions?|landmarks?|retailers?',
)

const THINGS = atTheEnd(
  'products?|items?|assets?|articles?|artikel|events?|projects?|licen[cs]es?|vehicles?|devices?|teams?|departments?|courses?|classes|tags?|campaigns?|jobs?|tasks?|plugins?|modules?|files?|documents?|images?|attachments?|currenc(y|ies)|languages?|pages?|menus?|categor(y|ies)|catalogs?|collections?|channels?|queues?|webhooks?|dashboards?|workflows?|integrations?|apps?|environments?|taxes|tax|discounts?|coupons?|promotions?|deals?|opportunit(y|ies)|games?|servers?|media|songs?|albums?|books?|species|taxa|meters?|sensors?|properties|listings?|prodotti|articoli|produits?|productos?|produtos?|producten|artikelen|materials?|recipes?|routes?|trips?|programs?|programmes?|features?|skills?|holidays?|certificates?|drugs?|medicines?|medications?|tests?|procedures?|services?|budgets?|funds?|grants?|keys?',
)

const MACHINES = atTheEnd(
  'analy[sz]ers?|cameras?|kameras?|camaras?|telecamere|printers?|drucker|imprimantes?|impresoras?|stampanti|scanners?|sensors?|sensores|capteurs?|sensori|kiosks?|controllers?|appliances?|atms?|servers?|hosts?|nodes?|networks?|subnets?|routers?|firewalls?|interfaces?|dns|vpns?|switch(es)?|gateways?|clusters?|instances?|machines?|serveurs?|servidores|redes|netzwerke?|endpoints?|proxies|load ?balancers?|datacenters?|services?|smtp|workers?|errors?|error ?reports?|exceptions?|crash(es)?|crash ?reports?|alarms?|acls?|allowlists?|whitelists?',
)

const ANIMALS = atTheEnd(
  'pets?|animals?|dogs?|cats?|horses?|cattle|cows?|livestock|species|breeds?|tiere?|haustiere?|pferde?|hunde?|animaux|chevaux|mascotas?|animales|animali|dieren|huisdieren',
)

/** Tables whose rows a person wrote, or that were written about one. */
const MESSAGES = whole(
  '[a-z]*e ?mails?|annotations?|phone ?calls?|appels?|llamadas?|anrufe|kontakte?|correspondence|korrespondenz|envois?|notifications?|moderation|respuestas?|encuesta respuestas?|forum reports?|reclami|reclamo|reklamation(en)?|reklam|messages?|dmails?|mails?|comments?|notes?|memos?|feedbacks?|reviews?|testimonials?|tickets?|letters?|conversations?|chats?|chat ?logs?|replies|reply|complaints?|incidents?|enquir(y|ies)|inquir(y|ies)|consultations?|appointments?|visits?|referrals?|cases?|claims?|prescriptions?|encounters?|diagnos(is|es)|interviews?|answers?|responses?|sms|calls?|voicemails?|transcripts?|evaluations?|appraisals?|disciplinary|absences?|leaves?|bans?|warnings?|blocks|reports|invitations?|invites?|posts?|pms?|private messages?|direct messages?|threads?|nachrichten|kommentare?|notizen?|bewertungen?|beschwerden?|anfragen?|termine?|befunde?|rezepte?|vorfalle?|gesprache?|fehlzeiten|krankmeldungen|messages|commentaires?|avis|courriers?|plaintes?|reclamations?|rendez ?vous|ordonnances?|mensajes?|comentarios?|resenas?|quejas?|reclamos?|citas?|recetas?|denuncias?|incidencias?|messaggi|commenti|recensioni|segnalazioni|appuntamenti|visite|mensagens|mensagem|avaliacoes|consultas?|reclamacoes|ocorrencias?|berichten|opmerkingen|klachten|afspraken|notities|(support|service|help|leave|gdpr|privacy|data|deletion|erasure|access) requests?|suggestions?|surveys?|bookings?|reservations?|reservas?|reservierungen|buchungen|prenotazioni',
)

/** Tables that keep what happened to rows of others, or hand it on. */
const COPIES = whole(
  'audits?|audit ?logs?|trails?|versions?|revisions?|histor(y|ies)|historique|historial|journal|protokoll|changes?|change ?logs?|snapshots?|outbox|inbox|web ?hooks?|deliver(y|ies)|events?|logs?|queues?|jobs?|tasks?|results?|messages?|notifications?|sessions?|activit(y|ies)|requests?|dead ?letters?|transmissions?|[a-z]*transmission|exchanges?|maker checker|approvals?|extractions?|documents?|dokumente?|attachments?|anexos?|adjuntos?|allegati|bijlagen?|pieces? jointes?|scans?|archives?|archiv|courriers? [a-z]+|entrants?|sortants?',
)

/** Tables of messages that are sent to an address, or to a telephone. */
const MAILS = whole(
  '[a-z]*mails?|e ?mails?|mailings?|mail ?(queue|logs?|outbox)|mails|envois? mail|sent ?(mails?|messages?)|courriels?|correos?|newsletters?',
)
const TEXTS = whole('sms|sms ?(logs?|outbound|queue)|smslog|text ?messages?|mms|whats ?app')

/** Tables whose rows give access to their holders. */
const CREDENTIALS = whole(
  'sessions?|tokens?|api keys?|password( reset)?s?|resets?|otps?|log ?ins?|credentials?|(email |phone )?verifications?|magic links?|recovery|two factor|mfa|webauthn|passkeys?|secrets?|vault|jetons?|identit(y|ies)|(external|social|linked) ?(accounts?|log ?ins?)|(backup|recovery|one ?time|verification) ?codes?|(oauth|auth(orization)?) ?(grants?|codes?|connections?)|push ?subscriptions?|sesiones|sessoes|sitzungen|sessioni',
)

const OF_A_MOVE = /^(.* )?(trip|track|ride|driver|rider|user|device|vehicle|courier) locations?$/

/** Tables of places where a person or a vehicle was. */
const MOVEMENTS = whole(
  'positions?|tracks?|track ?points?|trips?|check ?ins?|visits?|rides?|pings?|gps|movements?|location (history|updates?|events?|logs?)|locations? history|sightings?|way ?points?|traces?|journeys?|fahrten|standortverlauf|trajets?|viajes?|recorridos?|spostamenti|viagens|ritten',
)

/** Columns that only companies have, only goods, or only patients. */
const OF_COMPANIES =
  /^(industry|sector|sic( code)?|naics( code)?|naf|code naf|ape|siret|siren|nif empresa|cif|cnpj|kvk( nummer)?|hrb|handelsregister[a-z ]*|lei|orias|rechtsform|legal (form|name)|firma|firmen ?name|raison sociale|razon social|ragione sociale|razao social|bedrijfsnaam|account name|company ?name|(vat|tax) (number|id)|ust id( nr)?|p iva|partita iva|number employees|employee ?count|employees|effectif|annual ?revenue|umsatz|turnover|chiffre affaires|incorporation [a-z]+|company (registration|number|type)|registration number|(sole )?trade name)$/
const OF_GOODS =
  /^((unit|list|sale|special|base|cost|vk|ek|verkaufs|einkaufs) ?)?(price( (per )?(unit|cents|net|gross))?|preis|prix( unitaire)?|precio( unitario)?|prezzo|prijs|preco)$|^(sku|ean( 13)?|gtin|isbn|upc|barcode|art(ikel)? (nr|nummer)|stock( qty)?|bestand|menge|quantity|qty|quantite|cantidad|quantita|quantidade|aantal|unit of measure|variant id|product id|warengruppe|wgr)$/
const CLINICAL =
  /^(temperatura?|temp|peso( kg)?|weight( kg)?|talla( cm)?|height( cm)?|taille|poids|imc|bmi|(ta |pa )?(sistolica|diastolica|systolique|diastolique|systolic|diastolic)|systole|diastole|fc|heart ?rate|puls|pulse|frecuencia cardiaca|sat ?o2|spo2|saturacion|saturation|glucemia|glucose|glycemie|blutdruck|cie ?(9|10)|icd ?(9|10)?( code)?|cim ?10|principio activo|wirkstoff|active ingredient|medicamento|medicament|medikament|posologia|posologie|dosierung|dosage|diagnos[a-z]*|symptom[a-z]*|fumeur|smoker|raucher|fumador)$/

/** Tables of bookkeeping, whose accounts are not those of a bank. */
const LEDGERS = whole(
  '(fib|fibu|buchungs?|gl|ledger|journal|compta|comptable|contabilidad|contabile|accounting) ?[a-z]*|buchung(en)?|kontenplan|chart of accounts|plan comptable|ecritures?|asientos?|scritture',
)

/** Who may be a company as well as a person. */
const TRADERS =
  /(^| )(proveedor(es)?|fornitor[ei]|fornecedor(es)?|agents?|accounts?|profiles?|tenants?|contractors?|sponsors?|landlords?)$/

/** Columns of a mail that was sent; templates have none. */
const ADDRESSED =
  /(^| )(to|from|an|von|a|de|para|cc|e ?mails?|address|recipients?|receiver|sender|rcpt|dest|destinations?|destinataires?|destinatari[oa]s?|empfanger|absender)( |$)/

/** Tables of what people are paid. */
const PAY = whole(
  'pay ?slips?|pay ?stubs?|pay ?rolls?|pay ?checks?|payouts?|salar(y|ies)|wages?|compensations?|(lohn|gehalts?)[a-z]*|salaires?|bulletins? paie|paies?|fiches? paie|nominas?|sueldos?|bust[ae] paga|buste? paga|cedolin[io]|stipendi|folha pagamento|vencimentos|salarios|loonstro(ok|ken)|salaris(sen)?',
)

/** Tables of the health of people. */
const HEALTH = whole(
  'vitals?|vital signs?|constantes( vitales)?|analiticas?( [a-z]+)?|prescripcion(es)?|questionnaires? sante|prises? charge|soins|allerg(y|ies)|immuni[sz]ations?|vaccinations?|vaccines?|diagnos(is|es)|(lab|test|exam) results?|results?|prescriptions?|medications?|symptoms?|surger(y|ies)|encounters?|injur(y|ies)|(medical|clinical|health|family|social|sick|patient) [a-z]+|verletzung(en)?|krank[a-z]*|arzt[a-z]*|befund[a-z]*|impf[a-z]*|labor[a-z]*|gesundheit[a-z]*|(fiche |dossier )?sante|infirmerie|ordonnances?|blessures?|salud|vacunas?|recetas?|lesion(es)?|bajas? medicas?|licencias? medicas?|historia clinica|malatti[ae]|ricett[ae]|esam[ei]|terapi[ae]|vaccin[io]|infortun[io]|vacinas?|exames?|receitas?|ziek[a-z]*|verzuim|medicijn(en)?|behandeling(en)?|letsels?',
)
