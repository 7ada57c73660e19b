import type { PersonalKind } from '../kind.ts'
import { MORE_ACCOUNTS, MORE_BIRTH, MORE_CODES, MORE_IDENTITIES } from './more-words.ts'
import { DAYS, DOCUMENTS_OF_PERSON, LAST_DIGITS } from './wide-words.ts'

/** Numbers that identify a person, and dates and places of birth. */
export const NUMBERS: readonly PersonalKind[] = [
  {
    name: 'IBAN',
    words: `bank ?sort( code)?|ibans?|bank ?account|account ?number|acct ?(num|no|number)|konto ?nummer|bankverbindung|bankkonto|compte ?bancaire|rib|cuenta ?bancaria|numero ?de ?cuenta|routing ?number|bank ?account ?(no|nr|number)?|acc(oun)?t ?(no|nr|number)|konto ?nr|numero ?compte|num ?compte|num(ero)? ?cuenta|clabe|sort ?code|bank ?leitzahl|blz|conto ?corrente|conto ?bancario|conta ?(bancaria|corrente)|numero ?conta|rekening ?(nummer|nr)|bank ?rekening|bank ?number|bank ?details|account ?no|${MORE_ACCOUNTS}`,
    families: ['text', 'integer'],
    // Of these countries, all of the rest are digits, and of some it is known how many.
    value:
      '^(?!(AT|BE|DE|DK|ES|FI|HU|NO|PL|PT|SE)[0-9 ]*[A-Z])(?!ES[0-9]{0,21}$|DE[0-9]{0,19}$|PT[0-9]{0,22}$)[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,4})?$',
    mask: 'iban',
  },
  {
    name: 'IBAN',
    words:
      '(konto|kto|iban|account|acct|compte|cuenta|conto|conta|rekening) ?(von|an|from|to|source|dest|destination|origen|destino|ordenante|van|naar|tegen|mittente|credit|debit|emetteur|donneur|payeur|beneficiaire)|(from|to|source|dest|destination|counter|contra|gegen|tegen) ?(konto|kto|iban|account|acct|compte|cuenta|conto|conta|rekening)',
    needs: 'about people',
    families: ['text'],
    mask: 'iban',
  },
  {
    name: 'card number',
    words:
      'krt ?nr|karten ?nr|card ?(number|no|nr|num|visual|last ?4|last ?four)|credit ?card|debit ?card|cc ?(num|number|last ?4)|pan|kredit ?karte|karten ?nummer|numero ?de ?carte|kredit ?karten ?(nummer|nr)|carte ?bancaire|tarjeta|numero ?de ?tarjeta|cvv2?|cvc2?|num(ero)? ?(tarjeta|carte|carta|cartao)|security ?code|(cc |card )?(first|last) ?(4|6|four|six|digits)|carta ?(di )?credito|cartao ?(de )?credito|cartao|creditcard ?nummer|' +
      LAST_DIGITS,
    families: ['text', 'integer', 'number'],
    // 14 to 19 digits: a shorter number is one of an article, and 15 are those of a device unless they begin as cards do.
    value:
      '^([2-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4,7}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3[068][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4})$',
    hasCheckDigit: true,
    mask: 'card',
  },
  {
    name: 'identity number',
    words: `ssn|ssn ?last ?4|social ?security ?(number|no)?|tax ?(id|number|no|code)|tin|itin|ein ?or ?ssn|vat ?or ?tax ?id|national ?(id|insurance) ?(number|no)?|nino|passport|passport ?(number|no|nr|id)|id ?card|id ?(number|no)|citizen ?(id|number)|drivers? ?licen[cs]e|driving ?licen[cs]e|licen[cs]e ?number|steuer ?(id|nummer|nr|identifikations ?nummer)|sozialversicherungs ?nummer|svnr|ahv( ?(number|nr|nummer))?|ausweis|ausweisnummer|personalausweis|reisepass|fuhrerschein|nir|numero ?de ?securite ?sociale|securite ?sociale|numero ?fiscal|passeport|nif|dni|nie|cif ?nif|seguridad ?social|pasaporte|curp|rfc|medical ?record ?number|mrn|insurance ?(number|no|id ?number|member ?id)|policy ?holder ?number|versichertennummer|health ?(id|card ?number)|nhs ?(no|number)?|medicare ?(no|number|id)?|medicaid ?(no|number|id)?|npi|(patient|student|employee|staff|personnel|member|membership|voter|military|badge|payroll) ?(no|nr|num|number)|pers(onal)? ?(nummer|nr)|matrikel ?(nummer|nr)|versicherten ?(nummer|nr)|versicherungs ?(nummer|nr)|krankenkassen ?(nummer|nr)|rentenversicherungs ?(nummer|nr)|(sozialversicherungs?|steuer|ausweis|pass) ?nr|steuer ?identnummer|cni|carte ?identite|piece ?identite|num(ero)? ?(secu|securite ?sociale|identite|passeport|permis|carte ?vitale|fiscal|dni|pasaporte|identificacion|licencia|seguridad ?social)|carte ?vitale|permis ?(conduire)?|nss|cedula|documento ?identidad|identificacion|licencia ?conducir|permiso ?conducir|rut|cuil|cpf|pesel|bsn|niss|id ?(document|card) ?(no|number)?|identity ?(document|card) ?(no|number)?|(identity |id )?document ?(number|no|nr|num|key)|aadhaar|aadhar|abha ?(number|id)?|sin ?number|national ?identity ?number|codice ?fiscale|tessera ?sanitaria|patente|carta ?identita|numero ?documento|passaporto|cnpj ?cpf|cpf ?cnpj|rg|pis( ?pasep)?|cnh|titulo ?eleitor|cartao ?sus|sus|cns|nis|identidade|burger ?service ?nummer|rijbewijs( ?nummer)?|paspoort( ?nummer)?|personeels ?nummer|alien ?number|green ?card|visa ?number|registration ?number ?of ?person|medical ?(council )?registration( ?(no|number))?|case ?number ?of ?person|personal ?(number|code|id ?number)|${MORE_IDENTITIES}`,
    families: ['text', 'integer', 'number', 'uuid'],
    // Of the United States and the United Kingdom, Spain, Italy, Brazil, Germany and France.
    value:
      '^([0-9]{3}-[0-9]{2}-[0-9]{4}|[A-CEGHJ-PR-TW-Z]{2} ([0-9]{2} ){3}[A-D]|[0-9XYZ]-?[0-9]{7}-?[TRWAGMYFPDXBNJZSQVHLCKE]|[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]|[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}|[0-9]{2} ?[0-3][0-9][01][0-9][0-9]{2} ?[A-Z] ?[0-9]{3}|[12] ?[0-9]{2} ?(0[1-9]|1[0-2]) ?([0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}( ?[0-9]{2})?)$',
    mask: 'hash',
  },
  {
    name: 'identity number',
    words: DOCUMENTS_OF_PERSON,
    families: ['text', 'uuid'],
    mask: 'hash',
  },
  {
    name: 'identity number',
    words: MORE_CODES,
    needs: 'people',
    families: ['text', 'uuid'],
    mask: 'hash',
  },
  {
    name: 'identity document',
    words:
      '(passport|driving ?licen[cs]e|licen[cs]e|visa|id ?card|work ?permit|ausweis|reisepass|fuhrerschein|passeport|permis|pasaporte|licencia|carnet|patente|passaporto|rijbewijs|paspoort) ?(exp|expiry|expiration|expires|valid ?until|ablauf|caducidad|vencimiento|validite)( ?(date|on|at))?|(scad|scadenza|ablauf|exp|venc) ?(patente|passaporto|documento|ausweis|permis)',
    families: ['date', 'timestamp', 'text'],
    mask: 'date-shift',
  },
  {
    name: 'identity number',
    words:
      'cif|documento|p ?iva|partita ?iva|vat ?(number|no|id)|ust ?id( ?nr)?|siret|siren|cnpj|ragione ?sociale|razon ?social|raison ?sociale|razao ?social|kvk( ?nummer)?|btw ?nummer',
    needs: 'a person',
    families: ['text', 'integer', 'number'],
    mask: 'hash',
  },
  {
    name: 'date of birth',
    words: `anniversary|wedding ?day|birth ?(date|day)|date ?(of )?birth|birth ?days?|dob|born|born ?(on|at|date)|birth|geburts? ?(datum|tag)|geb ?datum|geboren|geboren ?am|date ?(de )?naissance|ddn|naissance|ne ?le|fecha ?(de )?nacimiento|nacimiento|cumpleanos|nacido|(place|city|country|state) ?(of )?birth|birth ?(place|city|country|year|month|time|state|town|location)|year ?(of )?birth|yob|geburts? ?(ort|land|jahr)|geb ?(dat|tag|ort)?|lieu ?(de )?naissance|ville ?naissance|annee ?naissance|fec(ha)? ?nac(imiento)?|lugar ?nacimiento|data ?(di |de )?(nascita|nascimento)|nascita|luogo ?(di )?nascita|nascimento|local ?nascimento|nato ?il|geboorte ?(datum|plaats|land|jaar)|(date|time|place|cause) ?(of )?death|death ?date|dod|deceased ?(on|at|date)|sterbe ?datum|date ?(de )?deces|fecha ?(de )?(muerte|fallecimiento)|${MORE_BIRTH}`,
    families: ['date', 'timestamp', 'text'],
    mask: 'date-shift',
  },
  {
    name: 'date of birth',
    words: `age|ages|edad|alter|eta|idade|leeftijd|${DAYS}`,
    needs: 'about people',
    families: ['date', 'timestamp', 'text'],
    mask: 'date-shift',
  },
  {
    name: 'date of birth',
    words:
      '(ne|nee|nato|nata|nacido|nacida|geboren|born) (en|in|a|im|em|anno|ano|annee)|geb ?jahr|geburts ?jahr|annee ?(de ?)?naissance|ano ?(de ?)?nac(imiento)?|anno ?(di ?)?nascita|geboorte ?jaar|age|age ?years|age ?months|year ?(of )?birth|birth ?(year|month|day)|yob|edad|alter|day ?of ?birth|month ?of ?birth|dob|anchor ?age',
    needs: 'writing',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'vehicle of a person',
    words:
      'vrm|reg ?mark|fin|fin ?nr|immat( [a-z]+)?|license ?tag|tag ?number|rego|veh(icle)? ?reg|amtl ?kennz(eichen)?|kfz ?kz|kenn ?zeichen|plaques?|matricula|numero ?(targa|placa)|licen[cs]e ?plate|number ?plate|plate|plate ?(no|nr|number)|registration ?plate|vehicle ?(registration|number|plate)|kfz ?kennzeichen|kennzeichen|nummernschild|plaque( ?immatriculation)?|immatriculation|num(ero)? ?immatriculation|placa|matricula ?(vehiculo|coche)|vin|chassi|chassis ?(no|nr|number)|fahrgestell ?(nummer|nr)|num(ero)? ?chassis|bastidor|num(ero)? ?bastidor|targa|telaio|kenteken|vehicle ?reg( ?(no|nr|number))?|reg(istration)? ?plate|ambulance ?number|[a-z]+ plate',
    families: ['text'],
    mask: 'hash',
  },
  {
    // Codes of goods are written as plates, too.
    name: 'vehicle of a person',
    words: '',
    needs: 'about people',
    families: ['text'],
    value:
      '^([A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [0-9]{1,4}[EH]?|[A-Z]{2}-[0-9]{3}-[A-Z]{2}|[A-Z]{2}[0-9]{2} [A-Z]{3}|[0-9]{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}|[A-Z]-[0-9]{3}-[A-Z]{2}|[A-Z]{2}-[0-9]{2}-[A-Z]{2}|[0-9]{2}-[A-Z]{2}-[0-9]{2}|[A-Z]{2} ?[0-9]{3} ?[A-Z]{2})$',
    mask: 'hash',
  },
]
