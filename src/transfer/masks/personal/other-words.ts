const words = (text: string) => new RegExp(`(^| )(${text})( |$)`)

/** If such a word follows, the name is about something else: when an e-mail was sent, how many there are. */
export const AFTER_IT = words(
  'requerid[oa]s?|requis[ae]?|erforderlich|gewunscht|gesucht|vereist|richiest[oa]|exigid[oa]|wanted|guidance|guidelines?|recommend(ation|ed)|departments?|extension|prefix|prefijo|vorwahl|indicatif|prefisso|prefixo|limits|quotas?|min|max|minimum|maximum|ids?|uuid|guid|at|counts?|counter|types?|typ|art|tipo|status|state|templates?|subject|verified|verification|verify|confirmed|confirmation|enabled|disabled|sent|opt|optin|optout|formats?|length|kind|required|visible|visibility|version|provider|limit|size|domain|frequency|notifications?|consent|preferences?|country|region|code2|currency|sequence|attempts?|expires?|expiry|expiration|changed|updated|created|url|uri|link|column|field|label|file|filename|path|pfad|chemin|ruta|percorso|mime|extension|class|category|slug|sort|order|position|locale|language|lang|colou?r|exec|attributes?|pattern|strategy|button|icon|restrictions?|period|scale|method|mode|structure|component|slip|policy|policies|rules?|host|port|server|queue|settings?|configs?|configuration|options?|list|lists|rating|ratings|protection|bank|special(i?ty|ization|ite)|especialidad|fachrichtung|campaign|event|folder|job|batch|flag|priority|score|source|channel|groups?|roles?|filters?|header|footer|html|placeholder|regex|validation|hint|strength|level|interval|timeout|days|hours|date|time|timezone|tz|delay|reminders?|ttl|window|algorithm|alg|algo|codes?|scope|scopes|per page|unit|units|rate limit|used|usage|model|prompt|bytes|precision|accuracy|result|results|reset required|account|accounts|service|system|schema|table|index|namespace|slots?|mapping|permission|permissions|hook|endpoint|issuer|missing|threshold|percent|percentage|change reason|responses?|symbol|ticker|balance|supply|name|agent|bic|swift|body|cnt|anz|anzahl|qty|quantity|factor|faktor|facteur|fattore|fator',
)

/** If such a word precedes, it is. */
export const BEFORE_IT = words(
  'percent(age)?|porcentaje|pourcentage|percentuale|percentagem|prozent(satz)?|taux|tasa|soll|haben|erl|erlos|aufwand|gl|ledger|is|has|can|force|may|allow(s|ed)?|show|hide|send|enabled?|disabled?|requires?d?|nb|counts?|total|max|min|types?|tipo|typ|art|templates?|must|should|use|want(s|ed)?|accepts?|receives?d?|subscribe|via|placeholder|example|sample|generic|product|item|file|table|column|brand|next|page|cursor|css|design|contract|wallet|coin|blockchain|nft|erc ?20|web|memory|callback|redirect|smart|tax|model|prompt|completion|input|output|default|count|sort|order by|number of|format|color|lang|idioma|langue|sprache|data envio|parent|base|build|cache|checksum|row|record|etag',
)

/** Words that decide this wherever they are. */
export const ELSEWHERE = words('col label|label|template|placeholder|regex|lookup|enum|seq')

/** Words of a column's name that make it about a person in any table: `billing city`. */
export const OF_A_PERSON = words(
  'ship(ping)? ?(to)?|bill(ing)? ?(to)?|billed|delivery|mailing|home|private|residential|residence|recipient|receiver|customer|client|contact|owner|holder|patient|employee|member|guest|guardian|student|driver|applicant|sender|author|user|person|personal|buyer|seller|tenant|parent|visitor|pickup|drop ?off|liefer|rechnungs|rechnung|kunden|kunde|wohn|privat|empfanger|livraison|facturation|client|envio|entrega|facturacion|cliente|spedizione|fatturazione|consegna|residenza|cobranca|faturamento|bezorg|factuur|klant|rcv|consignee|card|manager|next of kin|emergency|sign in|log ?in|signup|visitor',
)

/** Words before `name` that show that it is not a person's. */
export const OF_A_BUSINESS = words(
  'company|organi[sz]ation|business|store|shop|school|site|firm|agency|hospital|clinic|department|vendor|supplier|product|server|event|project|domain|brand|host|branch|bank|institution|facility|venue|team|group|office|hotel|restaurant|warehouse|property|location|place|room|airport|station|provider|manufacturer|carrier',
)

/** Words of numbers of a payslip that are no amounts, and of amounts in other tables. */
export const OF_TIME = words(
  'hours?|hrs|days?|stunden|tage|heures|jours|horas|dias|ore|giorni|uren|dagen|weeks?|weken|wochen|semaines|semanas|settimane|minutes?|minuten|qty|quantity|month|year|week',
)
export const OF_MONEY = words(
  'price|costs?|custos?|costes?|costos?|couts?|kosten|preis|prix|precio|prezzo|preco|prijs|fee|amount|total|paid|quantity|qty|refills?|rate|tax|charge|min|max|low|high',
)

/** What is said of someone's health in tables about that. */
export const OF_HEALTH = words(
  'reactions?|severity|allergens?|vaccines?|vaccination|dos(e|age)|drugs?|medications?|medicines?|substance|sig|results?|values?|flags?|findings?|conditions?|terms?|serious|outcome|onset|symptoms?|treatments?|care|injur(y|ies)|pain|onset|stage|prognosis|reaktion(en)?|schweregrad|impfstoff|dosis|dosierung|wirkstoff|medikament|ergebnis|befunde?|verletzung(en)?|behandlung|gravite|vaccins?|posologie|medicaments?|resultats?|blessures?|soins|gravedad|reaccion(es)?|vacunas?|posologia|medicamentos?|resultados?|lesion(es)?|contingencia|grado|reazion[ei]|gravita|vaccin[oi]|farmac[oi]|risultat[oi]|esito|lesioni|ferit[ie]|reacc?oes|dosagem|ferimentos?|reacties?|ernst|dosering|medicijn(en)?|uitslag|letsel|klacht(en)?|behandeling',
)

/** What such tables say of those who care, and of their tools. */
export const OF_HEALTH_CARE = words(
  'confezioni|packs?|packungen|boites|cajas|verpakkingen|ticket|copay|(width|height|length) (px|pixels?)|[a-z]+ (px|dpi|ppi|ms|hz|khz|mhz|fps|kv|kvp|mas|ma|mb|kb|bytes)|px|dpi|kv|kvp|mas|exposure|resolution|grade|bands?|tier|tarif|tariff|surface|scan|page|pages|shelf|chair|stage no|ids?|status|units?|device|serial|lot|batch|container|specimen|sample|ref|reference|duration|count|number of|refills|price|room|bed|ward|sort|position|level|niveau|nivel|livello|visit|visite|visita|attempt|version|size|min|max',
)
