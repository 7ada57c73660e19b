import type { PersonalKind } from '../kind.ts'
import { KINSHIP, MORE_HEALTH, MORE_OF_PERSON, MORE_YES_OR_NO, YES_OR_NO } from './more-words.ts'
import { FLAGS, HOUSEHOLD, MEDIA, MONEY_OF_PERSON, TEXTS, TRAITS, TRAITS_OF_PEOPLE } from './wide-words.ts'

const ABOUT_HEALTH_OR_ORIGIN =
  'gender|gender ?identity|sex|religion|ethnicity|ethnic ?(group|origin)|race ?(ethnicity)?|nationality|marital ?status|marital|fam ?st|diagnos[ie]s|diagnosis ?text|blood ?(type|group)|disability|health ?(status|notes|conditions?|issues?|problems?)|medical ?(history|notes|conditions?|information|info|alerts?)|allerg(y|ies)|geschlecht|konfession|staatsangehorigkeit|familienstand|diagnose|blutgruppe|behinderung|krankheit|sexe|genre|nationalite|situation ?familiale|groupe ?sanguin|genero|sexo|nacionalidad|estado ?civil|diagnostico|grupo ?sanguineo|sexual ?orientation|political ?(party|opinion|views?)|salutation|honorific|anrede|civilite|tratamiento|pronouns?|titre ?civilite|citizenship|icd( ?(9|10))?( ?code)?|diagnos(is|e|tic) ?(code|key)|diagnoseschlussel|health ?insur(er|ance)( ?(provider|name))?|krankenkasse|mutuelle|ordonnance|rezept|receta|rx|native ?language|mother ?tongue|medications?|prescriptions?|pregnan(t|cy)|vaccination( ?status)?|immuni[sz]ations?|disabilit(y|ies)|allergien?|vorerkrankungen?|anamnese|medikation|medikamente?|symptome|religions? ?zugehorigkeit|nationalitat|schwerbehinderung|krankengeschichte|allergies?|antecedents?( ?medicaux)?|maladies?|pathologies?|handicap|etat ?civil|alergias?|antecedentes|enfermedad(es)?|medicamentos|discapacidad|tipo ?sangre|sintomas|etnia|raza|sesso|stato ?civile|nazionalita|cittadinanza|gruppo ?sanguigno|diagnosi|allergie|patologie|terapia|anamnesi|raca|cor ?raca|religiao|nacionalidade|estado ?civil|tipo ?sanguineo|deficiencia|doencas?|geslacht|nationaliteit|burgerlijke ?staat|bloedgroep|godsdienst|aanhef|medicatie|klachten|chief ?complaint|present(ing)? ?(illness|complaint)|family ?history|social ?history|past ?(medical|surgical) ?history|smoking ?status|alcohol( ?use)?|hiv ?status|vital ?signs|dietary ?(restrictions?|requirements?|needs)|special ?needs|immigration ?status|criminal ?(record|history)|convictions?|tribe|caste|skin ?colou?r|eye ?colou?r|hair ?colou?r'

/** Descriptions of a person: health, origin, money, work, looks, and free text. */
export const DESCRIPTIONS: readonly PersonalKind[] = [
  {
    name: 'health, origin or belief',
    words: `${ABOUT_HEALTH_OR_ORIGIN}|${MORE_HEALTH}|${MORE_OF_PERSON}`,
    families: ['text', 'json', 'integer', 'own'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: `${YES_OR_NO}|${MORE_YES_OR_NO}`,
    families: ['boolean'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: TRAITS,
    needs: 'about people',
    families: ['text', 'json', 'integer', 'number', 'own', 'boolean'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: FLAGS,
    isWhole: true,
    needs: 'about people',
    families: ['boolean'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: TRAITS_OF_PEOPLE,
    isWhole: true,
    needs: 'people',
    families: ['text', 'json', 'own'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words: HOUSEHOLD,
    needs: 'writing',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words:
      'conditions?|treatments?|symptoms?|traitements?|tratamientos?|befund(e)?|race|ward ?notes|height|weight|bmi|blood ?pressure|temperature|heart ?rate|glucose|findings|assessment|prognosis|insurance|greeting|relationship|language ?spoken|education( ?level)?|degree|gpa|(school|university|college) attended|alma mater|diplome|titulacion|denomination|qualifications?|sexuality',
    needs: 'people',
    families: ['text'],
    mask: 'null',
  },
  {
    name: 'health, origin or belief',
    words:
      'weight( kg| lbs?)?|body ?weight|bmi|blood ?(pressure|sugar)|systolic|diastolic|heart ?rate|pulse|gewicht|peso|poids',
    needs: 'a person',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words: '(height|taille|groesse|grosse|korpergrosse|altura|estatura|talla|altezza|lengte)( (cm|m|in|ft))?',
    needs: 'people',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words:
      'dependants|dependents|(nb|no|num|number|numero|anzahl|n) ?(of ?|de ?)?(enfants|children|kinder|hijos|figli|filhos|kinderen|dependents|dependants)|kinder ?zahl|kinder ?freibetr(ag|age|aege)|kind ?fb|grad behinderung|schwerbehinderungs ?grad|[a-z]*behinderungs?grad',
    needs: 'writing',
    families: ['integer', 'number'],
    mask: 'noise',
  },
  {
    name: 'health, origin or belief',
    words: KINSHIP,
    isWhole: true,
    needs: 'about people',
    families: ['text', 'own'],
    mask: 'null',
  },
  {
    name: 'income',
    words:
      'salary|wage|wages|income|(base|sign ?on|desired|current|expected|min(imum)? ?desired) ?(pay|sal|salary|bonus)|pretension( ?(de )?(renta|salarial))?|wunsch ?gehalt|pretentions? ?salariales?|sueldo ?(bruto|liquido|base)|salario ?(liquido|bruto)|ordenado|vencimento ?base|reddito ?(annuo|mensile)|revenus? ?(mensuels?|nets?|annuels?)|(hh|haushalts?) ?(einkommen|eink|ausg(aben)?)|ingresos? ?mensuales|quotient ?familial|credit ?rating|bonitat(s ?(score|klasse))?|score ?klasse|risk ?(class|rating|kl)|risiko ?klasse|wealth ?rating|garnish(ment)?|wage ?garnish|(addl|fed|state|st|federal) ?(wh|withholding)|ressources( (mensuelles|annuelles))?|(monthly|annual|yearly) ?rent|bureau ?score|(entgelt|erfahrungs|gehalts|lohn|besoldungs|tarif|vergutungs) ?(gruppe|stufe|klasse)|bonus ?anspruch|[a-z]*(gehalts|gehalt|lohn|vergutungs?|entgelt)(vorstellung|wunsch|erhohung|stufe|betrag|summe|anspruch)|complemento ?(especifico|salarial)|trienios|indice ?(majore|salarial)|net ?worth|gehalt|lohn|einkommen|salaire|revenu|revenus|salario|sueldo|ingresos|nomina|(annual|monthly|hourly|gross|net|base|weekly|household) ?(salary|pay|income|wage|rate)|pay ?rate|(brutto|netto|grund|jahres|monats|stunden) ?(gehalt|lohn)|(stunden|tages|monats) ?satz|tax ?(class|withheld)|steuerklasse|lohnsteuer|kirchensteuer|verdienst|taux ?horaire|tarifa ?hora|salaire ?(brut|net|base|annuel|mensuel)|remuneration|salario ?(bruto|neto|base)|remuneracion|credit ?score|schufa( ?score)?|stipendio|reddito|retribuzione|paga ?oraria|remuneracao|salaris|loon|inkomen|uurloon|ctc|hourly|(monthly|weekly|annual) ?(pay|wage|salary|income)|gross ?pay|net ?pay',
    families: ['number', 'integer', 'text'],
    mask: 'noise',
  },
  {
    name: 'income',
    words:
      'alimony|debts?|unterhalt|schulden|deudas?|dettes?|compensation|bonus|pension|withholding|retenciones|rente|prime|renda|vencimento|sal|allowance|overtime ?pay|net amount|gross amount|commission rate',
    needs: 'a person',
    families: ['number', 'integer', 'text'],
    mask: 'noise',
  },
  {
    name: 'income',
    words: MONEY_OF_PERSON,
    needs: 'about people',
    families: ['number', 'integer', 'text', 'own'],
    mask: 'noise',
  },
  {
    name: 'employer',
    words:
      '(current|curr|last|previous|former) ?(employer|empl|company)|ocupacion|cargo|cargo ?[a-z]+|situacion ?profesional|beschaftigung|nom ?employeur|arbg ?(nm|name)|jefe ?directo|employer( ?name)?|arbeitgeber|employeur|empleador|occupation|job ?title|beruf|profession|profesion|professione|datore ?lavoro|profissao|ocupacao|empregador|beroep|werkgever|work ?place|works ?at|empresa ?actual|job ?position|prof|affiliation',
    needs: 'about people',
    families: ['text'],
    mask: 'company',
  },
  {
    name: 'employer',
    words: 'title|titel|title ?prefix|job|position|designation|role ?title|grade|rank|dienstgrad',
    isWhole: true,
    needs: 'a person',
    families: ['text'],
    mask: 'company',
  },
  {
    name: 'picture or signature',
    words:
      '(photo|photos|avatar|portrait|selfie|profile ?(picture|image|photo|pic)|foto|gravatar|head ?shot|mugshot)( ?(url|path|pfad|file|key|uri|link|name|image|data|thumb|thumbnail|src))?( ?(url|path|name))?|[a-z]*foto|pass ?bild|lichtbild|profilbild|unterschrift|firma ?(digital|electronica)|signatures?( ?(image|data|url|path|file|svg|png))?|fingerprints?|face ?(id|embedding|encoding|descriptor)|voice ?(print|recording|sample)|biometric(s| [a-z]+)?|photo ?identite|enregistrement( audio)?|audio( ?(url|path|file|clip))?|aufnahme|aufzeichnung|grabacion|registrazione|gravacao|opname|huella( ?dactilar)?|assinatura|handtekening|pas ?foto|firma ?digitale|recording( ?(url|path|file|key|link))?|iris ?scan|thumb ?print',
    needs: 'about people',
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'picture or signature',
    words: '(picture|image|img|icon|bild|imagen|immagine|imagem|afbeelding)( ?(url|path|file|key|uri|name))?',
    needs: 'people',
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'picture or signature',
    words:
      'signatures?( ?(image|scan|svg))?|unterschrift|firma|handtekening|assinatura|selfie|portrait|passfoto|fingerprints?|empreintes?',
    families: ['bytes'],
    mask: 'null',
  },
  {
    name: 'picture or signature',
    words: MEDIA,
    needs: 'about people',
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'letter or CV',
    words:
      'cv|cv ?(url|file|path)|resumes?( ?(url|file|path|link|text|key))?|curriculum( ?vitae)?|cover ?letter( ?(url|file|path|text))?|motivation( ?letter)?|reference ?letter|lebenslauf|anschreiben|bewerbungsschreiben|motivationsschreiben|zeugnis(se)?|arbeitszeugnis|lettre ?(de ?)?motivation|carta ?(de ?)?(presentacion|motivacion)|hoja ?vida|lettera ?(di )?presentazione|carta ?apresentacao|motivatie ?brief',
    families: ['text', 'bytes'],
    mask: 'null',
  },
  {
    name: 'free text about a person',
    words:
      'messages?|(message|comment|review|note|post|reply|answer|e ?mail|letter|ticket|complaint|chat|sms|feedback|question) ?(body|text|content|html|plain)|body ?(text|html|plain|content)|special ?(request|need)s?|sonder(wunsch|wunsche)|wunsche|relato|narrative|nachricht|anliegen|mensaje|mensajes|note|notes|memo|comments?|remarks?|bio|biography|about|about ?me|bemerkung(en)?|notiz(en)?|kommentar|anmerkung(en)?|remarques?|commentaires?|observations?|notas?|comentarios?|observaciones|biografia|free ?text|vermerk|hinweise?|(absage|ablehnungs?|austritts?) ?grund|[a-z]*notizen|reference ?text|(custom ?)?status ?text|appreciation|observacion|nota|feedback|testimonial|complaint|beurteilung|valoracion|quejas?|plaintes?|performance ?(review|evaluation|rating)|background( ?info(rmation)?)?|statement|transcript|reply|response ?text|answer|instructions|(ban|banned|block|cancel(l?ation)?|rejection|rejected|deny|denied|declin(e|ed)|leave|leaving|visit|referral|exit|stop|discharge|termination|resignation|absence|complaint) ?reason|(request|incident|complaint|case|issue|problem|symptoms?|injury|accident|leave|absence|visit|crime|theft) ?description|(injury|injuries|medical|health|symptoms?|treatment|accident|incident|allergy) ?(details|notes?|info)|annotazioni|messaggio|messaggi|commento|commenti|osservazioni|mensagem|mensagens|comentario|observacao|observacoes|obs|anotacoes|opmerking(en)?|bericht|toelichting|aantekening(en)?|notitie(s)?|info ?(public)?|interests|hobbies',
    needs: 'about people',
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'free text about a person',
    words: TEXTS,
    needs: 'about people',
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'free text about a person',
    words:
      '(reason|motif|motivo|motivation|grund)( (for|of|de|du|da|di|per|fur) [a-z ]+)?|(motif|motivo) [a-z]+|(?!hintergrund|vordergrund|untergrund)[a-z]{5,}(texte?|protokoll|vermerk|bericht|grund)|body|content|text|texte|texto|testo|tekst|inhalt|contenu|contenido|contenuto|conteudo',
    isWhole: true,
    needs: 'writing',
    families: ['text'],
    isProse: true,
    mask: 'text',
  },
  {
    name: 'free text about a person',
    words:
      'questions?|frage|pregunta|domanda|pergunta|vraag|anlass|occasion|subject|subject ?line|betreff|betreff ?zeile|objet|sujet|asunto|oggetto|assunto|onderwerp|caption|explanation|utterance|answer|response|description|summary|details|beschreibung|descripcion|descricao|descrizione|omschrijving|narrative|findings|outcome|resolution|circumstances|hergang|sachverhalt',
    isWhole: true,
    needs: 'messages',
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'free text about a person',
    words:
      'quote|description|summary|details|intro|introduction|headline|tagline|info|beschreibung|descripcion|descricao|descrizione|omschrijving|status message|long description',
    isWhole: true,
    needs: 'a person',
    families: ['text'],
    mask: 'text',
  },
  {
    name: 'document about a person',
    words:
      '(documents?|scans?|attachments?|certificat(e|s|es)?|cert|report|letter|ltr|justificatif|dokument|bescheinigung|attest|nachweis|documento|certificado|justificante|certificato|atestado|bewijs|pieces? ?jointes?|anexo|adjunto|allegato|bijlage)( ?(url|path|file|image|pdf|link|name|medical|medico))?',
    needs: 'a person',
    families: ['bytes', 'text'],
    mask: 'null',
  },
  {
    name: 'search text about a person',
    words: 'tsv|search ?(vector|text|tokens)',
    families: ['search'],
    needs: 'people',
    mask: 'null',
  },
  {
    name: 'description of a person',
    words: '',
    families: ['text', 'own'],
    evidence: 'no word in its name says that it is not about the person of the row',
    mask: 'null',
  },
  {
    name: 'description of a person',
    words: '',
    families: ['json'],
    evidence: 'no word in its name says that it is not about the person of the row',
    mask: 'null',
  },
  {
    name: 'text with personal data',
    words: 'user ?data|profile ?data|personal ?data',
    families: ['json', 'text'],
    // An e-mail address that is no place on a server.
    value: String.raw`(^|[^A-Za-z0-9._%+/:-])[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}($|[^A-Za-z0-9:@-])`,
    inJson: String.raw`"((card_?)?holder|last_?4|titular|titulaire|inhaber|intestatario|([a-zA-Z]+_)?e_?mail(_?[aA]ddress)?|(first|last|full|sur|given|family|legal)_?[nN]ame|forename|surname|maiden_?[nN]ame|([a-zA-Z]+_)?(tele)?phone(_?[nN]umber)?|mobile|msisdn|dob|date_?[oO]f_?[bB]irth|birth_?([dD]ate|[dD]ay)|vorname|nachname|geburtsdatum|telefon|handy|anschrift|prenom|nom_?(complet|famille)|date_naissance|courriel|telephone|apellidos?|nombre_?completo|fecha_nacimiento|correo|telefono?|movil|domicilio|cognome|data_nascita|indirizzo|sobrenome|endereco|voornaam|achternaam|geboortedatum|telefoon|street|(address_?)?[lL]ine_?1|address|strasse|adresse|adres|direccion|postcode|plate|iban|ssn|passport|dni|nif|bsn|([a-zA-Z]+_)*(ip|Ip|IP)(_?[aA]ddress)?|(remote|client|user|last|signup|created)I[pP]|cookie|[aA]uthorization|password|(access|refresh|session)_?[tT]oken)"\s*:\s*(\[\s*|\{\s*"[a-z]+"\s*:\s*)?"[^"]`,
    isWithin: true,
    mask: 'text',
  },
]
