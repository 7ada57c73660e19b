import { phrasesOf } from './phrases.ts'

/** Words for what a person is to a row: as the name of a column of texts, such a word alone says that the texts are names. */
const ROLES = `
abonne|ordenante|ordonnateur|ordinante|ordinant|secretaris|secretaire|secretari[oa]|segretari[oa]|secretary|treasurer|tresorier|penningmeester|tesorer[oa]|tesoriere|chair(man|woman|person)|captain|kapitein|capitaine|capitan|stuurman|matroos|matelot|marin|marinero|matrose|seaman|sailor|skipper|actor|redner(in)?|sprecher(in)?|orador(a)?|oratore|orateur|spreker|abholer|ableser|absender|accuse(e)?|aangever|aanklager|aanvrager|account ?holder|accused|acheteur|acheteuse|acompanante|acompanhante|acquirente|acusado|addressee|adherent(e)?|advisor|adviser|
adviseur|advocaat|advogad[oa]|afhaler|afzender|agressore|aidant(e)?|aide ?soignante?|alleinerziehende(r)?|allenatore|allievo|alumn[oa]|aluno|aluna|alunn[oa]|approver|auteur|author|autore?|reviewer|user|ausleiher|colaborador(a)?|collaboratore|amministratore|anaesthetist|anesthetist|angeklagte(r)?|
angehorige(r)?|angestellte(r)?|anrufer(in)?|ansprechpartner(in)?|antragsteller(in)?|anwalt|anwaltin|anzeigeerstatter(in)?|apoderad[oa]|apotheker|appellant|applicant|appelant|apprentice|apprenti(e)?|
arbitr[eo]|arguid[oa]|arrendador|arrendatari[oa]|arts|arzt|arztin|asegurad[oa]|asesor(a)?|assignee|assicurat[oa]|assure(e)?|athlete|attendee|attorney|aufsichtsperson|auftraggeber|ausbilder(in)?|auszubildende(r)?|
autista|avalista|avocat(e)?|avvocato|azubi|babysitter|badante|bailleur|barrister|batonnier|bearbeiter(in)?|becari[oa]|bediener|befragte(r)?|begleitperson|begeleider|begunstigde|begunstigte(r)?|beheerder|
behandler|beifahrer(in)?|beklagte(r)?|benefactor|beneficiaire|beneficiari[oa]|beneficiary|benevole|benutzer|berater(in)?|berechtigte(r)?|beschuldigte(r)?|besteller(in)?|besucher(in)?|bestuurder|betaler|
betreuer(in)?|betroffene(r)?|bevollmachtigte(r)?|bewerber(in)?|bewindvoerder|bewoner|bewohner(in)?|bezoeker|bezorger|bezugspflegekraft|bezugsperson|bidder|booker|borrower|breeder|bride|buchhalter(in)?|
burge|buyer|caller|candidat(e)?|candidat[oa]|cardholder|card ?holder|caregiver|carer|caretaker|casero|cashier|cessionnaire|chauffeur|chirurg(ien|o)?|chofer|citizen|claimant|client(e)?|cleaner|cliente|coach|
co ?(applicant|borrower|driver|owner|signer|titulaire|titular|emprunteur|driver)|cobrador|colega|collaborateur|collaboratore|complainant|comprador(a)?|condomino|conducente|conducteur|conductrice|
condutor(a)?|confirmand|conjoint(e)?|conjuge|coniuge|conyuge|conseiller|consejer[oa]|consignee|consignor|contactpersoon|contestant|convidad[oa]|cook|corriere|cotitulaire|cotitular|counsel(l)?or|
courier|coursier|creator|crew ?member|cuidador(a)?|curateur|cursist|customer|dader|debiteur|debtor|deceased|decedent|declarant(e)?|declarante|defendant|deelnemer|defunt(e)?|difunto|defunto|
delegat[oa]|delegue(e)?|demandad[oa]|demandante|demandeur|demandeuse|dentist(a|e)?|denunciad[oa]|denunciante|denunciant|dependente|destinataire|destinatari[oa]|detainee|detective|deudor|devedor|debitore|
dienstdoende|dierenarts|dipendente|doador(a)?|docente|docent|doctor|doctora|donante|donateur|donatrice|donatore|donor|donneur|dottore|driver|dueno|duena|echtgenoot|echtgenote|ehefrau|ehemann|ehegatte|
ehepartner|eigenaar|eigentumer(in)?|einreicher|einsender(in)?|eleve|elector|elternteil|empfanger(in)?|empfangsperson|employe(e)?|emplead[oa]|emprunteur|encarregad[oa]|encargad[oa]|enfermeir[oa]|enfermer[oa]|
enqueteur|enseignant(e)?|entraineur|entrenador(a)?|entregador|enumerator|epous[ex]|erbe|erblasser|erede|erfgenaam|ermittler|erziehungsberechtigte(r)?|espos[oa]|estafeta|estudante|estudiante|etudiant(e)?|
examiner|examinateur|expediteur|fahrer(in)?|fahrgast|fahrzeughalter|fallecid[oa]|falecid[oa]|familiar|farmaceutic[oa]|farmacista|fiador(a)?|fiance(e)?|figli[oa]|filh[oa]|finder|firmante|firmatario|
fisioterapeuta|fisioterapista|foreman|formador(a)?|formateur|formatrice|formatore|foster ?parent|freigeber|funcionari[oa]|fysiotherapeut|garant(e)?|garante|gardien(ne)?|gast|gastgeber|geadresseerde|
gebruiker|geburtshelfer|gegner|gemachtigde|genehmiger|gerant(e)?|geschadigte(r)?|gestor|getuige|giocatore|giudice|godfather|godmother|grantee|grantor|groom|grower|guarantor|guardian|guest|gutachter(in)?|
halter(in)?|handwerker|hausarzt|hausmeister|hebamme|heir|herdeir[oa]|hereder[oa]|heritier|hijo|hija|homeowner|hospede|householder|houder|huesped|huisarts|huisbaas|huismeester|hunter|hurende|huurder|imker|
imputad[oa]|imputato|incaricato|indiener|infermier[ea]|infirmier(e)?|informant|inhaber(in)?|inmate|innehaber|inquilin[oa]|inschrijver|inscrit[oa]?|inspector|inspecteur|instructor|instructeur|instrutor(a)?|
insured|intern|interlocuteur|interlocutor|interviewee|interviewer|intestatario|investigator|investor|invitad[oa]|invitat[oa]|invitee|irma|irmao|iscritt[oa]|jager|janitor|keeper|registered ?keeper|joueur|joueuse|juez|jueza|juge|
jugador(a)?|juiz|kandidat(in)?|kandidaat|kapitan|karteninhaber|kassenwart|kassierer(in)?|kaufer(in)?|klager(in)?|klant|koch|koerier|kollege|kontaktperson|kontoinhaber(in)?|koper|kunde|kundin|
landlord|landwirt|lavoratore|lawyer|leader|learner|lecturer|lehrer(in)?|lehrkraft|leerkracht|leerling|leidinggevende|lener|lessee|lessor|librarian|livreur|locador|locatario|locataire|locatore|
loser|mae|madre|maestr[oa]|makelaar|makler(in)?|malade|mandataire|mandatario|mantelzorger|maraine|mari|marido|marito|marraine|matrona|mecanicien|mecanico|mechanic|meccanico|medecin|medewerker|medic[oa]|
meldende|melder(in)?|member|membre|membro|mensajero|mentee|mentor(a)?|mere|miembro|midwife|mieter(in)?|mitarbeiter(in)?|mitbewohner|mitfahrer|mitglied|mitreisende(r)?|mittente|moeder|moglie|monteur|morador(a)?|
moradora|mother|motorista|mujer|mutter|mutuatario|naaste|nachbar(in)?|nachmieter|neighbo(u)?r|next ?of ?kin|notaire|notario|notaio|notar(in)?|notaris|nurse|nutzer(in)?|obsequiado|occupant(e)?|offender|officiant|
oma|onderhuurder|ondertekenaar|ontvanger|opa|opdrachtgever|operaio|operari[oa]|opfer|opsteller|organi[sz]er|orderer|ordering ?party|ospite|ostetrica|ouder|overlastgever|overledene|ouvrier|paciente|paziente|padre|
pagador(a)?|pagatore|paramedic|parrain|parteira|partecipante|participant(e)?|participante|pasajer[oa]|passageir[oa]|passager|passagere|passagier|passegger[oa]|passenger|patient(in)?|payee|payer|payeur|
pedestrian|pensionnaire|perito|pere|perpetrator|personne|petitioner|pfarrer(in)?|pflegekraft|pfleger(in)?|pharmacien|pharmacist|physician|physio|physiotherapist|piloot|pilot[ae]?|plaignant(e)?|plaintiff|player|
portier[oe]|praktikant(in)?|preneur|prescriber|prescripteur|presidente?|prestatari[oa]|prevenu|priest|prisoner|procurador(a)?|prof|professeur|professor(a|e)?|profesor(a)?|proprietaire|proprietari[oa]|
propietari[oa]|prosecutor|proveedor ?contacto|pruefer|prufer(in)?|psicolog[oa]|psychiatrist|psycholog(e|in|ist|ue)?|psycholoog|pupil|purchaser|ragazz[oa]|rechter|receptionist|receveur|recipient|reclamante|reclutador|
recruiter|recruteur|redacteur|redactor|referee|referente|refugee|registrant|reiziger|reisende(r)?|rekeninghouder|relecteur|remetente|remitente|remitter|renter|repartidor(a)?|reporter|representante|
representant|requerant(e)?|requerente|requestor|requester|requisitante|resident|respondent|responsavel|revisor|reu|richiedente|richter(in)?|rider|roommate|sachbearbeiter(in)?|sachverstandige(r)?|salarie(e)?|
salesperson|sales ?rep(resentative)?|scheidsrechter|schiedsrichter|schriftfuhrer|schuldner(in)?|schuler(in)?|segurado|seller|sender|senhorio|shareholder|signataire|signatario|signatory|signee|signer|skipper|
slachtoffer|socia|socio|soignant(e)?|soldier|solicitante|solicitor|sollicitant|sorella|sorgeberechtigte(r)?|spediteur ?kontakt|speler|spender(in)?|spieler(in)?|spouse|stagiair(e)?|stellvertreter(in)?|
steuerpflichtige(r)?|student(in|e|essa)?|studente|stylist|submitter|subscriber|supervisor|surgeon|suspect|suspeito|sospechos[oa]|tandarts|tater|taxpayer|teacher|technicien(ne)?|techniker(in)?|technician|
tecnic[oa]|teilnehmer(in)?|temoin|terapeut[ae]|testador|testator|testigo|testimone|testemunha|therapeut(in)?|therapist|therapeute|tierarzt|tirocinante|titolare|titulaire|titular|trabajador(a)?|trabalhador(a)?|
traducteur|traductor|trainee|trainer(in)?|translator|traveller|traveler|treinador|tutor(a|e)?|tuteur|tutrice|ubungsleiter|uitvoerder|uploader|untermieter|unterzeichner(in)?|urheber|usager|usuari[oa]|utente|utilizador|
utilisateur|utilisatrice|vader|vecin[oa]|vendedor(a)?|vendeur|vendeuse|venditore|veranstalter ?kontakt|verantwortliche(r)?|verantwoordelijke|verdachte|verdachtige(r)?|verfasser(in)?|vermieter(in)?|verkaufer(in)?|
verkoper|verleiher|verlierer|verliezer|verloskundige|vermittler|verpleegkundige|versicherte(r)?|versicherungsnehmer|verstorbene(r)?|vertaler|vertegenwoordiger|vertrauensperson|vertreter(in)?|verursacher|
verwalter(in)?|verzekerde|verzekeringnemer|verzoeker|verzorger|veterinaire|veterinari[oa]|viajante|viajer[oa]|viaggiatore|vicino|victim(a|e)?|vitim[a]|vittima|vigneron|vinder|visitador|visitante|visitatore|
visiteur|visitor|vizinh[oa]|vluchteling|voisin(e)?|volontario|volontaire|volunteer|voluntari[oa]|voogd|voorzitter|vormund|vorgesetzte(r)?|voter|voyageur|vrijwilliger|wahler|werknemer|winner|witness|
zahler|zahlungspflichtige(r)?|zeuge|zeugin|zeladora?|zuchter(in)?|zus|zusteller`

/** Words for people in names of tables, which can mean something else in names of columns. */
const ONLY_IN_TABLES = `
poster|household|haushalt|haushalte|foyer|menage|hogar|hogares|nucleo ?familiare|agregado|huishouden|owner|invited|contactpersonen|tenant|worker|mandant|conductor|conductores|kind|actor|address|adopter|adresse|adressen|adres|admin|administrator|agent|agente|agenti|agenten|alumni|alumnus|anagrafica|anagrafiche|anwender|apprenant|arzte|author|autore|barber|bambin[io]|baby|besatzung|bruiden|burger|
candidati|camper|child|children|childrens|citoyen|ciudadano|cidadao|client|clienti|clinician|clergy|congregant|contact|contacto|contato|contatto|contatti|contractor|convive|crew|crm ?contact|cust|chauffeurs|dependant|dependent|
deputy|direccion|direcciones|dozent|dozenten|editor|einwohner|eltern|emp|enfant|endereco|estudantes|faculty|famille|families|family|family ?member|fisica|follower|friend|freelancer|
fornitore|fornitori|fornecedor|gaste|habitant|head ?of ?household|individu|individual|indirizzo|indirizzi|insegnante|insegnanti|interessent|interessenten|invite|kid|kinder|kinderen|klient|klienten|klanten|kontakt|kontakte|kunden|
lead|leden|leser|lid|lieferanten ?kontakte|mandanten|manager|medici|migrant|mitglieder|moderator|moradores|neonat[oi]?|newborn|officer|ospiti|ouders|parent|passeggeri|pat|patienten|performer|persona|
personale|personas|persone|persoon|personen|people|person|personal|personnel|pessoa|pessoas|policy ?holder|politician|practitioner|preso|presos|proband|probanden|prospect|prospectos|provider ?contact|proveedor|proveedores|
recluso|relatie|relaties|relative|responsable|reviewer|sales ?rep|schutzling|servidor|servidores|soci|sospecho|speaker|staff|staff ?member|stud|studenten|studenti|studierende|suppliers? ?contact|team ?member|
trabajadores|travailleur|tripulante|tripulant|user|usr|usuarios|utenti|veteran|viewer|wife|wives|zorgverlener`

/** Roles, in all of their numbers and genders that the lists have: of persons, and what only tables are called. */
interface Roles {
  readonly alone: ReadonlySet<string>
  readonly ofTables: ReadonlySet<string>
}

/** Made when the first name is looked up: most runs look up none. */
let roles: Roles | undefined

function makeRoles(): Roles {
  const alone = new Set(expanded(ROLES))
  return { alone, ofTables: new Set([...alone, ...expanded(ONLY_IN_TABLES)]) }
}

const MOST_WORDS = 4

/** Whether words are nothing but a role that a person has: `melder`, `card holder`, `kinderarzt`. */
export function isRole(words: string): boolean {
  roles ??= makeRoles()
  return has(roles.alone, words) || COMPOUND_ROLE.test(words)
}

const COMPOUND_ROLE =
  /^[a-z]{3,}(arzt|lehrer|fahrer|betreuer|pfleger|therapeut|berater|empfanger|besitzer|lehrkraft|pflegekraft|bezugsperson|kontaktperson|vertrauensperson|arts|leerkracht|begeleider|houder|begunstigde|contactpersoon)(in)?$/

/** Whether words are for people, as the name of a table is: `kunden`, `staff member`. */
export function isForPeople(words: string): boolean {
  roles ??= makeRoles()
  return has(roles.ofTables, words)
}

/** Whether the last words of a name are for people. */
export function endsWithPeople(words: string): boolean {
  const list = words.split(' ')
  return endsOf(list).some(isForPeople)
}

/** Whether any words of a name are for people. */
export function hasPeople(words: string): boolean {
  const list = words.split(' ')
  return list.some((_, at) => endsWithPeople(list.slice(0, at + 1).join(' ')))
}

function endsOf(list: readonly string[]): string[] {
  const length = Math.min(MOST_WORDS, list.length)
  return Array.from({ length }, (_, at) => list.slice(list.length - at - 1).join(' '))
}

/** With the usual endings of a plural. */
function has(known: ReadonlySet<string>, words: string): boolean {
  return (
    known.has(words) ||
    PLURALS.some(
      ([ending, singular]) => words.endsWith(ending) && known.has(words.slice(0, -ending.length) + singular),
    )
  )
}

const PLURALS = [
  ['s', ''],
  ['es', ''],
  ['n', ''],
  ['en', ''],
  ['innen', ''],
  ['x', ''],
  ['i', 'o'],
  ['i', 'e'],
  ['i', 'a'],
  ['ies', 'y'],
] as const

function expanded(list: string): string[] {
  return phrasesOf(list.replaceAll('\n', '').replaceAll(/\[([a-z])([a-z])\]/g, '($1|$2)')).fixed.slice()
}
