/** Words for a number, as names of columns have them before or after what it is the number of. */
const NO = 'no|nr|num|number|nummer|nbr|nro|numero'

/** Both orders: `no_secu` and `secu_no`, with and without a space. */
const numberOf = (things: string) => `(${NO}) ?(${things})|(${things}) ?(${NO})|n (${things})|(${things}) n`

/** Whose it is, where a language puts that behind: `adr_livraison`. */
const OF_DELIVERY =
  'livraison|liv|facturation|fact|fac|envio|entrega|ent|facturacion|fiscal|postal|postale|cliente|client|cli|spedizione|fatturazione|consegna|cobranca|residencial|domicile|dom|perso|pro|rechnung|lieferung|versand'

/** E-mail addresses beside the usual words. */
export const MORE_EMAIL =
  '(e ?mail|mail|courriel|correo) ?(adr|addr|perso|pers|pro|elect?|elec)|(adr|adresse|addr|address) ?(e ?mail|mail)|eml|mel|correo ?e|posta ?(elettronica|el)|correio( ?eletronico)?|e ?post'

/** Telephone numbers: what kind of one stands behind, and `port` is a mobile. */
export const MORE_PHONE =
  '(tel|tlf|tlfno|telf|telephone|telefon|telefono|telefone|telefoon|fon|fono|phone|ph) ?(port|portable|mob|mobile|mobil|movil|mobiel|fixe|fix|fijo|fisso|fixo|vast|dom|domicile|bur|bureau|pro|perso|priv|prive|privat|gesch|geschaftlich|dienst|dienstlich|casa|trabajo|ufficio|lavoro|cell|cel|abitazione|res|residencial|com|comercial|werk|thuis|festnetz|day|night|evening|home|work|office|urgence)|tlf|telf|direct ?(dial|line|phone|no|number)|(called|calling|caller|dialed|dialled|[abc]) ?(party )?(no|number|num)|(called|calling|caller) ?(party )?id|num(ero)? ?(appelant|appele)|(mob|mobil|cell|cel|hp|gsm|festnetz|port|portable) ?(no|nr|num|number|nummer)|num(ero)? ?(port|fixe|mob|cel|gsm|whatsapp)|festnetz|home ?ph|work ?ph|callee( (number|no|id|msisdn))?|wa ?id|whats ?app ?(id|no|nr|number|num|phone)'

/** First and last names, cut short. */
export const MORE_FIRST_NAMES =
  'prenoms|vname|vnaam|v ?name|vorn|pnom|pren|first ?nm|fst ?nm|f ?nm|fnm|(1er|1o) nombre|nombre ?1|prim ?(nombre|nome)|mid(dle)? ?(nm|init)|voorn|roepn|voorl|given ?nm'
export const MORE_LAST_NAMES =
  'nname|n ?name|nachn|fam ?name|geb ?name|last ?nm|lst ?nm|l ?nm|lnm|sname|apell(ido)?s? ?[12]?|apellido ?(pat|mat)|ap ?(paterno|materno|pat|mat)|ape[12]|cogn|sobren|apelidos?|achtern|geslachts ?naam|nom ?(patronymique|patr|naiss|fam|jf|mere|pere)|voorvoegsel|anaam'

/** Names of people: in one column, or of those to call in an emergency. */
export const MORE_NAMES =
  'a nome( di)?|im namen( von)?|au nom de|a nombre de|em nome de|op naam van|(booking|reservation) name|(nom|name|nombre|nome|naam) (sur|on|auf|en|sobre|su|op|no) (the )?(billet|ticket|card|carte|karte|tarjeta|billete|boleto|biglietto|carta|kaart|pass|passport|badge|label|invoice|facture|policy)|nom ?pren(om)?|(full|cust|emp|stud|pat|cont|contact|guest|usr|mbr|patient|customer|employee) ?nm|nombre ?(compl|comp)|nome ?(compl|cli)|nom ?(cli|pat|compl|contact)|nombre ?cli|notfall ?(kontakte?|person|adresse)|emergency ?contacts?|contacts? ?urgence|contacto ?(de ?)?emergencia|contatto ?(di ?)?emergenza|contato ?(de ?)?emergencia|nood ?contact|persona ?(de ?)?contacto|personne ?(a )?(prevenir|contacter)|declarant(e)?|(co|code ?)?titulaires?|co ?(titulaire|titular|borrower|applicant|owner|inhaber|debtor|signer)|professionnel( (de )?sante)?|zeugen?|temoins?|testigos?|testimoni|getuigen?|agresor|agresseur|(registered|sales|estate|insurance|closing|listing) agent|(matched|registered|verified|legal|sanctioned|former|married) name|responsable legal|vertretung|stellvertret(er|erin|ung)|(vollstandiger|voller|ganzer|kompletter) name|(cc|credit card|card|account|policy|licen[cs]e) ?(owner|holder)( name)?|gf( name)?|geschaftsfuhrer(in)?|[a-z]+ by ?name|poc( ?name)?|naam ?contact'

/** Addresses, and what stands for one in a delivery. */
export const MORE_ADDRESSES = `(adr|addr|add|direccion|indir|indirizzo|endereco) ?(${OF_DELIVERY})|(dir|end|ind) ?(envio|entrega|facturacion|fiscal|cliente|cobranca|spedizione|consegna|fatturazione)|adr[0-9]?|adr ?[0-9]|adrs|indir|(liefer|rechnungs?|versand|wohn|privat|post|haus|bezorg|factuur|aflever|woon|thuis) ?(adr|adres|adresse|anschrift|str|strasse)|addr? ?(line|ln) ?[0-9]|add ?[0-9]|str ?(hnr|hausnr|nr)|hs ?nr|huis ?nr|(nro|no|num) ?(ext|int|casa|puerta|porta|civico)|lograd|compl( ?end)?|lieu ?dit|(building|house|flat|unit|apartment|apt) ?(no|number|nr)|rue ?[0-9]|street ?[0-9]`
export const WHOLE_ADDRESSES =
  '(ship|shipped|bill|billed|deliver|delivered|sold|remit|send|mail)( ?to)( ?(line|ln))?( ?[0-9])?|livrer ?a|facturer ?a|enviar ?a|entregar ?(en|a)|spedire ?a|bezorgen ?(aan|bij)|liefern ?an'

/** Accounts at a bank. */
export const MORE_ACCOUNTS = `${numberOf('konto|kto|bank ?konto|bank ?account|bank ?acct|bank ?acc|acct|acc|compte|cpte|cta|cuenta|conto|conta|rek|rekening|routing|aba|bank|transit|check|cheque|scheck')}|rum|(bank|checking|savings?) ?(account|acct|acc)|kto|acct|routing ?(transit )?code|aba ?(rtn|code)?|bsb|cta ?(bancaria|corriente|cte)|cuenta ?(corriente|ahorros?|clabe)|c ?c ?bancario|compte ?(bancaire|courant)|coord(onnees)? ?bancaires|cpte ?banc(aire)?|destination ?iban|(payee|payer|beneficiary|recipient|receiver|sender|customer|employee|refund|payout) ?(account|acct)|compte ?beneficiaire|gegen ?konto|empf(anger)? ?(kto|konto)|cuenta ?abono`

/** What identity numbers are of, in seven languages. */
export const MORE_IDENTITIES = `${numberOf('ssn|soc(ial)? ?sec(urity)?|national ?ins(urance)?|ni|passport|pport|driv(er|ers|ing)? ?(lic|licence|license)|dl|visa|residence ?permit|work ?permit|medicare|medicaid|nhs|sv|soz ?vers|sozial ?vers(icherung)?|rv|renten ?vers(icherung)?|kv|kranken ?vers(icherung)?|steuer|steuer ?id|ausweis|perso|personal ?ausweis|reise ?pass|fuhrer ?schein|patienten?|matrikel|secu|secu ?soc(iale)?|ss|sec ?soc|securite ?sociale|insee|cni|passeport|permis|carte ?id(entite)?|seg ?soc(ial)?|seguridad ?social|afiliacion|dni|nif|nie|pasaporte|cedula|licencia|carnet|tess(era)? ?sanitaria|carta ?id(entita)?|patente|passaporto|cpf|rg|cnh|niss|contribuinte|bi|cartao ?cidadao|passaporte|bsn|sofi|paspoort|rijbewijs|identiteits ?(kaart|bewijs)|id ?bewijs|zorg ?(polis|verzekering)|staff|payroll')}|cod(ice)? ?fisc(ale)?|tax ?payer ?id|soc ?sec|steuer ?ident|ident ?nr|bilhete ?identidade|doc(umento)? ?(ident(idad|idade|ita|ite)?|id)|insz|rijksregister( ?nr| ?nummer)?|personnummer|nino`

/** Dates of birth, cut short. */
export const MORE_BIRTH =
  '(verwachte|erwartete|prevue|prevista|expected|estimated) (geboorte|geburt|naissance|nascita|birth|nacimiento|nascimento)|geb ?(dat|datum|d)|gebdat|geburts ?dat|geboorte ?dat|d ?o ?b|(dt|dat|d|date) ?(of )?(birth|nais|naiss|nac|nasc|nascita|nascimento|geb|gebor?en)|(birth|nais|naiss|nac|nasc) ?(dt|dat|date)|f ?nac|fec ?nac(im)?|fecha ?nac|dnaiss|bday|b ?day|yr ?(of )?birth|birth ?yr'

/** Health, cut short or as a file. */
export const MORE_HEALTH =
  '(historia|historial|ficha|expediente|antecedentes) ?(clinic[oa]s?|medic[oa]s?)|(dossier|antecedents?) ?medic(al|aux)|cartella ?clinica|prontuario( ?medico)?|(medisch|zorg) ?dossier|(kranken|patienten) ?akte|(medical|health|clinical|patient) ?(record|records|file|chart|notes?|data|history)|clinical ?notes|grav(id)?anza|schwangerschaft|grossesse|embarazo|gravidez|zwangerschap|impf ?status|vacunas|vaccini|vacinas|vaccins|marital ?st(atus)?|civil ?status|etat ?civ|est ?civil|fam ?stand|blood ?grp|blut ?gr|gr ?sang|gs ?rh'

/** What is said of a person's health, origin or family by yes or no. */
export const YES_OR_NO =
  'pregnan(t|cy)|smok(er|es|ing)|diabet(ic|es)|hiv( ?positive)?|vaccinated|married|divorced|widowed|deceased|handicap(ped)?|hispanic|transgender|organ ?donor|alcoholic|allerg(ic|ies)|disability|veteran|schwanger|schwerbehindert|behindert|raucher(in)?|geimpft|verheiratet|geschieden|verwitwet|verstorben|diabetiker(in)?|alleinerziehend|enceinte|fume(ur|use)|handicape(e)?|vaccine|marie|divorce|decede|diabetique|embarazada|fumador(a)?|discapacitad[oa]|discapacidad|vacunad[oa]|casad[oa]|fallecid[oa]|diabetic[oa]|incinta|fumatore|fumatrice|invalido|disabile|sposat[oa]|gravida|gestante|fumante|deficiente|pcd|zwanger|roker|gehandicapt|gevaccineerd|gehuwd|overleden|sex|gender|sexe|sexo|sesso|geschlecht|genero'

/** What is said of a person's family, education, work, faith and law, whatever the table. */
export const MORE_OF_PERSON =
  'preferred ?language|spoken ?language|mutter ?sprache|langue ?(maternelle|parlee)|lengua ?materna|lingua ?madre|moedertaal|nivel ?(de )?estudios|niveau ?(d )?etudes?|schul ?abschluss|bildungs ?(abschluss|stand)|titulo ?(obtenido|academico)|habilitac(oes|ao)( literarias)?|titolo ?(di )?studio|opleidings ?niveau|degree ?obtained|(trade )?union ?(member|membership|name)|afiliacion ?(sindical|politica)|gewerkschaft|syndicat|sindicato|vakbond|partei|employment ?status|situacion ?laboral|situation ?(pro|professionnelle)|condizione ?lavorativa|arbeits ?verhaltnis|veteran( ?status)?|vet ?stat(us)?|eeo ?[a-z]*|(filing|fil) ?stat(us)?|criminal ?(rec|record|check)|crim ?rec|background ?(check )?(result|status)|fuhrungs ?zeugnis( vom)?|casier ?judiciaire|antecedentes ?penales|refugee ?status|statut ?(de )?refugie|drug ?use|tobacco ?use|substance ?use|raucher ?status|regime ?alimentaire|diet|dietary( preference| preferences)?|dieta|ernahrung|food ?preferences?|lesion(es)?|verletzung(en)?|blessures?|lesioni|injur(y|ies)|symptoms?|disabilit(y|ies) ?(type|degree|pct|percent)|discapacidad ?(pct|grado)|grado ?(de )?(dependencia|discapacidad)|grad ?(der )?behinderung|pflegegrad|schwerbehinderung|taux ?(d )?incapacite|health ?(fund|plan|care|scheme|system)|sub ?sistema ?saude|isapre|afp|obra ?social|religious ?[a-z]+|age ?at ?[a-z]+|grado ?parentesco|sit(uation)? ?(fam(iliale)?|matrimoniale|maritale|mat)|(augen|haar) ?farbe|pregnancy ?(status|week)|drug ?test ?results?|(dating|sexual) ?preferences?|diagnostics?|couleur ?(des ?)?(yeux|cheveux)|color ?(de ?)?(ojos|pelo)|source ?(of )?(wealth|funds)|pays ?(d )?origine|country ?of ?origin ?of ?person|herkunfts ?land|pais ?(de ?)?origen|home ?language|(sen|eal|iep) (status|need|level|plan)|ccam|acte ?(ccam|medical)|(cie|cim|icd) ?(9|10|11)|principio ?activo|nature ?(des? ?)?soins?|etablissement ?(hosp(italier)?|soins?|sante)|st ?kl|steuer ?kl|konf|beziehung( zu[a-z]*)?|([a-z]+ )?(medical(e|es)?|medica(ux|l)|medic[oa]s?)( [a-z]+)?|causa ?(de )?(muerte|baja)|cause ?of ?death'

/** How someone is related to a person. */
export const KINSHIP =
  'relationships?|relation( to [a-z ]+)?|relation ?type|kinship|lien( de)?( parente)?|verwandt(schaft)?(s ?(grad|verhaltnis))?|verwandtschaftsgrad|parentesco|grado? ?(de )?parentesco|grau ?(de )?parentesco|parentela|grado ?parentela|verwantschap|relatie ?tot|relative|reln?'

/** What is said of a person by yes or no, and is about benefits, belief or law. */
export const MORE_YES_OR_NO =
  'scholarship|boursier(e)?|becad[oa]|borsista|bolsista|blind|deaf|refugee|convicted|crim(inal)? ?(rec|record)|orphan|single ?parent|vegetarian|vegan|halal|kosher|sans ?porc|sin ?cerdo|vegetarien(ne)?|pep( kz)?|politically ?exposed|insolvent|bankrupt|negativ ?merkmale?|schufa ?negativ|handicapped|disabled ?person|special ?needs|restraining ?order|orden ?alejamiento|vaccin(s|ated)( a jour)?|injured|hospitali[sz]ed|addict|union ?member|syndique(e)?|sindicad[oa]|single|widow|foster ?child|immigrant|homeless|unemployed|free ?(school ?)?meals?|fsm|ald|(affection|maladie) ?(de ?)?(longue ?duree|chronique)|chronic( (illness|condition|disease))?|(schwer)?beh(indert)?|schwerbeh|arbeitslos|chomeur|desempleado|disoccupato'

/** Identity numbers and codes of trades and offices. */
export const MORE_CODES =
  'vehicle ?ident(ification)?( ?(no|number|nr))?|fahrzeug ?ident( ?nr)?|fgst ?nr|matricul[ae]|matricola|numen|ine|naf|dea ?(no|number)|num(ero)? ?hist(oria)?|hist ?num|policy ?(number|no)|group ?(number|no)|member ?no|licen[cs]e ?no|num(ero)? ?licen(ce|cia|za|se)|cert(ificate|ification)? ?(no|number|nr)|certificat ?(no|num)|badge ?(no|number)|agent ?num|agente ?num|carte ?pro(fessionnelle)?|cedula ?prof(esional|issional)?|colegiado|ihk ?nr|staff ?code|employee ?code|caf ?(num|no)|num(ero)? ?(allocataire|adherent|assure|beneficiaire|agdref|titre)|(no|nr) ?(allocataire|adherent|assure|beneficiaire|agdref|titre)|(allocataire|adherent|assure|agdref) ?(no|num)|num(ero)? ?poliza|poliza( num(ero)?)?|(ligne )?mrz( (line|ligne))?( ?[0-9])?|dbs( ?(no|number))?|nhc|(sso|oidc|saml|ldap|ad|azure|okta|idp) ?(subject|sub|uid|user|user ?id|login|dn|guid)|stripe ?customer ?id|(provider|external|stripe|paypal|braintree|google|facebook|apple|auth0|firebase) ?(account|customer|user|subject) ?id|user ?uid|anonymous ?id|meter ?point( id)?|doc(ument)? ?number|lizenz ?nr|tax ?identifier|tessera ?san(itaria)?|cqc|card ?uid|loyalty ?(no|number|id)|frequent ?(flyer|guest) ?(no|number)|police ?(reference|report ?(no|number))'
