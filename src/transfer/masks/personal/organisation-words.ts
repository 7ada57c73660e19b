/** Alternatives, one a line, at the end of a table's name. */
const atTheEnd = (text: string) => new RegExp(`(^| )(${text.trim().replaceAll('\n', '|')})$`)

/** Organisations of which a database keeps a list: who insures, lends, repairs, publishes or pays. */
export const ORGANISATIONS = atTheEnd(`
(insurance|assurance) ?(compan(y|ies)|carriers?|funds?|providers?)
(health|sickness) ?(insurers?|funds?|plans)
krankenkassen?
versicherungs ?(gesellschaft(en)?|trager|unternehmen)
kosten ?trager
mutuelles?
caisses?( [a-z]+)?
convenios?
operadoras?( [a-z]+)?
seguradoras?
obras sociales
compagni[ae]s?( [a-z]+)?
assicurazioni
zorg ?verzekeraars?
verzekeraars?
(lien|loss) ?(holders?|payees?)
lenders?
creditors?
body ?shops?
(repair|service) ?(shops?|centers?|centres?)
dealerships?
concessionnaires?
concesionarios?
concessionari[ae]?
franchises?
publishers?
verlage?
editeurs?
editoriales
uitgevers(ijen)?
unidades
filiais
delegaciones
bureaux
ateliers
talleres
officine
werkplaatsen
stock ?locations?
`)

/** Columns of an account that is the workspace of an organisation. */
export const OF_TENANTS =
  /^((sub|custom|email|mail|primary) ?)?domain$|^(feature ?flags?|limits|seats|seat (count|limit)|max (users|seats|agents)|support e ?mail|billing plan|custom domain|auto resolve duration|white ?label)$/

/** Mailboxes of an organisation, and what a program needs to reach one. */
export const OF_A_MAILBOX =
  /^(support|help ?desk|info|sales|no ?reply|reply ?to|notifications?|system|press|webmaster|postmaster|company|organi[sz]ation|imap|smtp|pop ?3?|inbound|forward( to)?|forwarding|mail ?server|exchange) (e ?mail|mail|address|e ?mail address|log ?in|user|user ?name)$/

/** Values that configure a program, of which each row has one of any kind. */
export const OF_SETTINGS =
  /(^| )(settings?|config(uration)?s?|propert(y|ies)|preferences?|options?|parameters?|variables?|constants?|einstellung(en)?|konfiguration|parametres?|reglages?|ajustes?|parametros?|configurac(ion|iones|ao|oes)|impostazioni|parametri|instellingen)$/

/** Texts that are kept to be sent to anyone. */
export const TEXT_BLOCKS =
  /(^| )(canned|predefined|prepared|saved|quick|standard|auto(matic)?) ?(responses?|replies|repl(y|ies)|messages?|answers?|texts?|comments?)$|(^| )(snippets?|macros?|boilerplates?|text ?blocks?|text ?bausteine?|textes? types?|respuestas? predefinidas?|risposte predefinite|standaard ?teksten)$/
