import type { PersonalKind } from '../kind.ts'
import {
  MORE_ADDRESSES,
  MORE_EMAIL,
  MORE_FIRST_NAMES,
  MORE_LAST_NAMES,
  MORE_NAMES,
  MORE_PHONE,
  WHOLE_ADDRESSES,
} from './more-words.ts'
import { HOLDERS, PLACES_OF_PERSON } from './wide-words.ts'

const OF_PERSON_NAME =
  'guest|driver|manager|doctor|physician|nurse|teacher|student|member|tenant|passenger|spouse|partner|parent|father|mother|guardian|child|kid|beneficiary|applicant|candidate|speaker|reviewer|assignee|requester|requestor|reporter|caller|visitor|buyer|seller|donor|player|sender|payer|payee|insured|person|legal|real|contact|customer|client|user|employee|patient|owner|recipient|receiver|author|holder|account ?holder|card ?holder|care of|approver|instructor|trainer|coach|supervisor|creator|editor|writer|borrower|lender|witness|victim|suspect|officer|agent|inspector|attorney|lawyer|judge|landlord|lessee|occupant|relative|sponsor|volunteer|worker|staff|operator|technician|courier|rider|attendee|participant|signer|signatory|cardholder|claimant|subscriber|viewer|invitee|referrer|emergency( contact)?|next of kin|nok|prescriber|interviewer|screen|preferred|nick|native|remote|from|bride|groom|pay to|full|first and last|maiden|householder|mentor|mentee'

const OF_LANGUAGES_NAME =
  'kunden?|gast|fahrer|patienten?|mitarbeiter|empfanger|vertreter|ansprechpartner|mieter|eltern|mutter|vater|schuler|benutzer|nutzer|inhaber|kontakt|absender|besteller|lehrer|arzt|kind|(patient|salarie|contact|conducteur|titulaire|destinataire|responsable|beneficiaire|adherent|eleve|locataire|signataire|client|utilisateur|complet|usager|medecin|pere|mere|enfant|conjoint|assure|agent|abonne|membre|proprietaire|expediteur|parent)|klant|gebruikers?|medewerker|contact|contactpersoon|ontvanger|leerling|volledige|werknemer|afzender'

/**
 * Numbers as people write them: with the code of a country, or with that of an area after a 0 or in brackets. Dates, decimal numbers, codes in groups
 * and numbers that are filled up with zeros are none.
 */
const WRITTEN = [
  String.raw`\+(?![0-9]{1,3}\.[0-9]{1,6}$)[1-9][0-9 ()/.-]{6,18}`,
  '00[1-9][0-9]{0,3}[ /-][0-9 ()/-]{6,16}',
  String.raw`\(?0[1-9][0-9]{1,4}\)?( ?[/-] ?| )[0-9][0-9 ]{4,11}(-[0-9]{1,5})?`,
  String.raw`\(?0[1-9]\)?[ /-][0-9]{3,4} ?[0-9 ]{3,8}`,
  '0[1-9]([ .-][0-9]{2}){4}',
  String.raw`\(?[2-9][0-9]{2}\)?[ .-] ?[2-9][0-9]{2}[ .-][0-9]{4}`,
]
/** Digits alone, which articles have, too. */
const IN_DIGITS = ['00[1-9][0-9]{9,12}', '0(?!.*0000)[1-9][0-9]{8,10}']

/** Ways to reach a person, and names of people. */
export const CONTACT: readonly PersonalKind[] = [
  {
    name: 'e-mail address',
    words: `e ?mails?|e?mailid|e ?mail ?(address|addresses|adresse|adres)|mail|mail ?(address|adresse|adres)|courriel|adresse ?mail|correo|correo ?electronico|[a-z]*mailadressen?|[a-z]+mail|e ?correo|direccion ?correo|e ?post|pec|sent ?to|paypal( address)?|${MORE_EMAIL}`,
    families: ['text', 'json'],
    value: String.raw`^\s*[^@\s]+@[^@\s:/]+\.[A-Za-z]{2,}\s*$`,
    compares: 'short',
    mask: 'email',
  },
  {
    name: 'telephone number',
    words: `phones?|phone ?(number|numbers|no|nr|num|ext(ension)?)?|[a-z]*phone|telephones?|tel|tele|mobiles?|mobile ?(number|phone)|cell|cell ?phone|fax|telefon|telefon ?(nummer|nr)|handy|handy ?(nummer|nr)|(mobil|ruf|fax|telefon|tel|handy)(nummer|nr)|telefax|portable|gsm|telefono|fono|movil|celular|cellulare|cell|telefone|celular|telemovel|telefoon|telefoon ?nummer|mobiel|mobiele? ?nummer|whats ?app|viber|(contact|mobile|cell|fax|tel|callback) ?(no|nr|num|number|numbers)|num(ero)? ?(tel|telephone|portable|movil|celular|telefono|cellulare)|msisdn|durchwahl|[a-z]*(telefon|telefoon|telefono|telephone)(nummer|nr)?|fixe|notfall ?nummer|dial ?in|pager|sms|ph|ph ?[0-9]|(ph|mob|cont) ?(no|nr|num|number)|mob|${MORE_PHONE}`,
    families: ['text', 'integer', 'number', 'json'],
    value: `^(${WRITTEN.join('|')})$`,
    mask: 'phone',
  },
  {
    name: 'telephone number',
    words: '',
    needs: 'about people',
    families: ['text'],
    value: `^(${[...WRITTEN, ...IN_DIGITS].join('|')})$`,
    mask: 'phone',
  },
  {
    name: 'first name',
    words: `first ?name|given ?names?|forenames?|middle ?(name|initial)|preferred ?name|vor ?name|rufname|prenom|primer ?nombre|segundo ?nombre|nombre ?de ?pila|fname|f ?name|mname|known ?as|goes by|christian ?name|second ?name|nombres ?pila|nom ?(prenom|usuel)|initials|voor ?na(a)?m(en)?|roep ?naam|voorletters|tussenvoegsel|nome ?proprio|primo ?nome|primeiro ?nome|nome ?social|other names?|chosen name|${MORE_FIRST_NAMES}`,
    families: ['text'],
    mask: 'first-name',
  },
  {
    name: 'last name',
    words: `last ?name|sur ?name|family ?name|maiden ?name|nach ?name|familien ?name|geburts?name|zuname|nom ?de ?famille|nom ?de ?naissance|nom ?usage|apellidos?|primer ?apellido|segundo ?apellido|lname|l ?name|nom ?(famille|jeune ?fille|naissance|epouse|marital)|birth ?name|maiden|apellido ?(paterno|materno)|a ?paterno|a ?materno|second ?surname|madchenname|ledigname|cognome|sobrenome|ultimo ?nome|achter ?naam|geboorte ?naam|familie ?naam|meisjes ?naam|patronymic|name ?suffix|${MORE_LAST_NAMES}`,
    families: ['text'],
    mask: 'last-name',
  },
  {
    name: 'name of a person',
    words: `([a-z]+ )?(user ?name|screen ?name|real ?name|nick ?name|login ?name)s?|anmelde ?(name|kennung)|anm ?nm|nom ?(de ?)?connexion|identifiant ?[a-z]+|login|logins|login ?id|handle|nicks?|spitzname|surnom|apodo|([a-z]+ )?author display name|(${OF_PERSON_NAME}) ?(full ?|display ?)?names?|name (on|of) (card|account|holder)|(${OF_LANGUAGES_NAME}) ?(name|naam)|(billing|shipping|delivery|mailing|home|bill to|ship to|invoice) ?(name|contact|attention|attn)|recipients?|sender|receiver|holder|card ?holder|account ?holder|patient|physician|doctor|nurse|attorney|lawyer|plaintiff|defendant|witness|suspect|victim|complainant|next ?of ?kin|spouse|guardian|payee|payer|beneficiary|policy ?holder|lease ?holder|attention ?to|attn|consignee|signatory|signed ?by|signee|contact ?person|person ?of ?contact|emergency ?contact|applicant|claimant|borrower|lessee|landlord|tenant ?name|care ?of|care ?taker|invitee|interviewer|reporter|reported ?by|requested ?by|requester|referred ?by|prescribed ?by|examined ?by|performed ?by|delivered ?to|received ?by|approved ?by|inspected ?by|contact|contacts|ansprechpartner|empfanger|[a-z]*(leiter|inhaber|nehmer)(in)?|halter(in)?|fahrer(in)?|[a-z]*berechtigte(r)?|eltern(teil)?|zeuge|klager|beklagter|anwalt|geschadigter?|eigentumer(in)?|burge|bewerber(in)?|absender|besteller|auftraggeber|betreuer(in)?|vormund|ehepartner|ehefrau|ehemann|sachbearbeiter(in)?|bearbeiter|hausarzt|behandelnder ?arzt|arzt|notfall ?kontakt|kontaktperson|vor ?und ?nachname|login ?kennung|benutzer( ?kennung)?|nutzer|identite|pseudo(nyme)?|nom ?(et ?)?prenoms?|prenoms? ?(et ?)?nom|nom ?(${OF_LANGUAGES_NAME})|medecin( ?traitant)?|garant|gerant|proprietaire|avocat|temoin|plaignant|victime|demandeur|auteur|tuteur|conjoint(e)?|expediteur|destinataire|titulaire|beneficiaire|assure(e)?|conducteur|interlocuteur|signataire|personne ?contact|contact ?urgence|redacteur|nombre ?completo|nombre ?(y ?)?apellidos?|nombre ?(cliente|usuario|paciente|empleado|contacto|titular|destinatario|conductor|alumno|tutor|beneficiario|responsable|solicitante|madre|padre|persona|medico)|destinatario|titular|denunciante|demandante|demandado|testigo|abogado|victima|fiador|dueno|propietario|arrendatario|paciente|tutor(a)?|conyuge|remitente|beneficiario|conductor|medico|solicitante|asegurado|contacto ?emergencia|persona ?contacto|representante( ?legal)?|usuario|razon ?social ?cliente|nome ?(completo|e cognome|cognome|mae|pai|cliente|utente|usuario|aluno|paciente|paziente|responsavel|contatto|titular|intestatario|social|madre|padre|conjuge|beneficiario)|nominativo|intestatario|utente|referente|mittente|destinatari|medico ?curante|garante|testimone|coniuge|conjuge|mae|pai|responsavel ?legal|utilizador|remetente|gebruiker|contact ?persoon|ontvanger|afzender|huisarts|begunstigde|ename|(emp|cust|stud|pat|drv) ?(name|nm)|rekeninghouder|eigenaar|partner ?naam|(assigned|signed|handed|sold|reported|submitted|reviewed|checked|issued|witnessed|authori[sz]ed|countersigned|delivered|released|invited|submitted|prepared|conducted|treated|seen) (to|by)|zu ?handen|encargado|encargada|vormieter|nachmieter|livre ?a|a l attention( de)?|attenzione|ter attentie van|${MORE_NAMES}|${HOLDERS}`,
    families: ['text', 'json'],
    mask: 'name',
  },
  {
    name: 'name of a person',
    words:
      'account|accounts|acct|cuenta|compte|konto|conto|conta|((full|legal|real|display|short) ?)?names?|mi|first|last|middle|nom|nombres?|nome|naam|nominativo|alias|kennung|identifiant|responsable|initials|name (first|last|full)|care of',
    isWhole: true,
    needs: 'people',
    families: ['text', 'json'],
    mask: 'name',
  },
  {
    name: 'name of a person',
    words:
      '(?!(?:.* )?(?:company|channel|carrier|vendor|supplier|insurer|carrier|manufacturer|merchant|organi[sz]ation|business|store|shop|school|file|role|plan|country|region|state|city|class|category|course|program|campaign|status|template|table|column|field|type|list|tag|product|item|device|job|group|team|department|bank|branch|server|host|domain|event|project|space|workspace|database|schema|model|brand|method|form|skill|key|token|image|zone|tenant|timezone|employer|page|street|theme|provider|hospital|faculty|major|degree) name)([a-z]+ name)',
    isWhole: true,
    needs: 'a person',
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'account at another service',
    words:
      '(red|rede|rete) social(e)?|reseau social|social (network|account)|soziales netzwerk|(skype|telegram|twitter|instagram|linked ?in|facebook|tik ?tok|youtube|github|gitlab|discord|slack|mastodon|bluesky|snapchat|wechat|weixin|line ?id|signal|yahoo|aim|icq|msn|jabber|xmpp|matrix|orcid|pinterest|reddit|xing|vk|twitch|steam|google( ?plus)?|apple)( ?(handle|id|url|uri|user ?name|user|name|profile|account|nick|screen ?name|link|page))?',
    needs: 'about people',
    families: ['text'],
    mask: 'hash',
  },
  {
    name: 'name of a person',
    words:
      '(?!(sort|sorted|order|ordered|group|grouped|filter|filtered|partition|powered|locked|leased|claimed|divided|followed|multiplied|bounded) )[a-z]+ (by|por|door|durch)( (full )?name)?|[a-z]+(e|i|u|is|it) par|(ge[a-z]+|er[a-z]+t|be[a-z]+t|ver[a-z]+t|ab[a-z]+en|[a-z]+iert) von',
    isWhole: true,
    families: ['text'],
    mask: 'name',
  },
  {
    name: 'account at another service',
    words: 'web ?site|web ?seite|site ?web|sitio ?web|sito ?web|url',
    isWhole: true,
    needs: 'a person',
    families: ['text'],
    mask: 'url',
  },
  {
    name: 'account at another service',
    words:
      'blog|home ?page|portfolio( ?url)?|personal ?(url|site|website|page)|gravatar( ?(email|url|hash))?|social ?(links?|media|handles?)',
    isWhole: true,
    needs: 'people',
    families: ['text', 'json'],
    mask: 'url',
  },
  {
    name: 'street or address',
    words: `street|streets ?[0-9]|street ?(address|name|line|number|no|nr)|streets|address|addresses|address ?(line)? ?[0-9]?|addressline|(home|full|physical|residential|permanent|current|from|to|pickup|drop ?off|destination|origin|work|postal|mailing|shipping|billing|delivery) ?address|house ?(number|no|nr)|strasse|haus ?(nummer|nr)|hausnr|adresse|anschrift|rue|adresse ?postale|voie|calle|direccion|domicilio|[a-z]*anschrift|(privat|wohn|haus|liefer|rechnungs?|post|heimat)[a-z]*adresse|addr|residence|dwelling|apartment|apt ?(no|number)?|suite|hnr|wohnung|[a-z]+strasse|str ?(nr|nummer)|num(ero)? ?(rue|voie|calle|casa|exterior|interior|ext|int)|complement( ?adresse)?|domicile|lieu ?residence|residencia|piso|numero ?puerta|line ?[1234]|indirizzo|via ?(e )?(civico|numero)|civico|numero ?civico|residenza|endereco|logradouro|rua|morada|numero ?casa|adres|straat|straat ?naam|huis ?nummer|toevoeging|huisnummer ?toevoeging|p ?o ?box|po ?box|postfach|pick ?up ?(address|point)|place ?of ?residence|care ?of ?address|${MORE_ADDRESSES}`,
    families: ['text', 'json'],
    mask: 'street',
  },
  {
    name: 'street or address',
    words: `${WHOLE_ADDRESSES}|escalera|piso ?puerta|dir(eccion)? ?(notificacion|particular|habitual|correspondencia)|via ?(dest|destinatario|cliente)`,
    isWhole: true,
    families: ['text', 'json'],
    mask: 'street',
  },
  {
    name: 'street or address',
    words:
      'str|via|portal|planta|puerta|bloque|letra|interno|scala|toev|bus|batiment|escalier|etage|tur|andar|fracao|freguesia',
    isWhole: true,
    needs: 'an address',
    families: ['text'],
    mask: 'street',
  },
  {
    name: 'street or address',
    words: '',
    needs: 'about people',
    families: ['text'],
    // With a number behind the street or before it.
    value: `^(${[
      String.raw`[[:upper:]][^0-9@,.]*(straße|strasse|str\.|weg|allee|gasse|platz|ring|ufer|damm|steig|straat|laan|gracht|plein|kade|dijk|singel|hof|pad) [0-9]+ ?[a-zA-Z]?($|[ ,/])`,
      String.raw`([0-9]+ ?(bis|ter|quater|[a-zA-Z])?,? )?([Rr]ue|[Aa]venue|av\.|bd|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Aa]llée|place|quai|[Rr]oute|cours|passage|square|lotissement) `,
      '(C/|Calle|Avda|Av\\.|Avenida|Paseo|Pza|Plaza|Camino|Ronda|Travesía|Carrer|Via|Viale|Corso|Piazza|Largo|Vicolo|Rua|Travessa|Praça|Alameda|Estrada) ?[[:upper:]dD].*[0-9]',
      "((Flat|Unit|Apt\\.?|Apartment) [0-9]+[a-zA-Z]?, )?[0-9]+[a-zA-Z]? [[:upper:]][[:alpha:]' ]* (Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Place|Terrace|Grove|Hill|Way|Crescent|Gardens|Row|View|Square|Boulevard|Blvd)",
      '(Flat|Unit|Apt\\.?|Apartment) [0-9]+[a-zA-Z]?, [[:upper:]]',
    ].join('|')})`,
    mask: 'street',
  },
  {
    name: 'street or address',
    words:
      'recogida|recolha|destino|arrivee|abholung|abhol ?ort|ziel ?ort|start ?ort|partenza|arrivo|destinazione|ophaal ?adres|bestemming|vertrekpunt|pick ?up|drop ?off|(pick ?up|drop ?off|start|end) (place|location|text|label)',
    isWhole: true,
    needs: 'movements',
    families: ['text'],
    mask: 'street',
  },
  {
    name: 'street or address',
    words:
      '(loss|accident|incident|crime|injury|arrest) (location|place|site|address)|(unfall|schaden|tat|risiko|einsatz|fund) ?ort|lieu (accident|sinistre|incident|infraction|intervention)|lugar (hecho|accidente|siniestro|incidente|infraccion)|luogo (incidente|sinistro|infortunio|evento)|local (acidente|sinistro|ocorrencia)|plaats (ongeval|incident|delict|schade)',
    needs: 'about people',
    families: ['text'],
    mask: 'street',
  },
  {
    name: 'postcode',
    words:
      'zip|zip ?code|zip ?postal|post ?codes?|postal|postal ?code|plz|post ?leit ?zahl|code ?postal|codigo ?postal|cp|plz ?ort|code ?post|cod ?postal|c ?p|eircode|pin ?code|cap|cep|apartado',
    needs: 'an address',
    families: ['text', 'integer'],
    mask: 'text',
  },
  {
    name: 'city',
    words:
      'city name|wijk|buurt|localidade|concelho|freguesia|city|town|stadt|ort|wohn ?ort|ville|commune|ciudad|localidad|municipio|locality|suburb|village|district|neighbou?rhood|colonia|barrio|comuna|poblacion|quartier|ortsteil|stadtteil|gemeinde|citta|comune|localita|cidade|bairro|woon ?plaats|plaats|gemeente',
    needs: 'an address',
    families: ['text'],
    mask: 'city',
  },
  {
    name: 'place',
    words:
      'geo|geo ?hash|location ?history|geo ?(ip|data)|home ?geo|ip ?location|lat|lng|lon|long|latitude|longitude|geo ?location|breitengrad|langengrad|latitud|longitud|latitudine|longitudine|gps|coords?|coordinates|geo ?(point|lat|lon|lng)|coordonnees ?gps|coordenadas|coordinate|home ?location|current ?location|last ?(known ?)?location',
    needs: 'movements',
    families: ['number', 'text', 'json', 'place'],
    mask: 'noise',
  },
  {
    name: 'place',
    words: PLACES_OF_PERSON,
    needs: 'movements',
    families: ['number', 'text', 'json', 'place'],
    value: String.raw`^-?[0-9]{1,2}\.[0-9]{3,} ?[,; ] ?-?[0-9]{1,3}\.[0-9]{3,}$|^(SRID=[0-9]+;)?POINT ?\(|"(lat|latitude|latitud|lng|lon|longitude|longitud)" *: *"?-?[0-9]+\.[0-9]{2}|"coordinates" *: *\[`,
    mask: 'noise',
  },
  {
    name: 'place',
    words:
      'standort|aufenthaltsort|ubicacion|posicion|posizione|ubicazione|localizacao|posicao|locatie|positie|localisation|position|geom|geometry|geojson|shape|punto|punt|point|punkt',
    isWhole: true,
    needs: 'movements',
    families: ['number', 'json', 'place'],
    mask: 'noise',
  },
  {
    // A text is the name of a room as often as of a place.
    name: 'place',
    words: 'location',
    needs: 'movements',
    families: ['number', 'json', 'place'],
    mask: 'noise',
  },
  {
    name: 'city',
    words: 'location',
    isWhole: true,
    needs: 'people',
    families: ['text'],
    mask: 'city',
  },
]
