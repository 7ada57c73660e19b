/**
 * Words that say how a row is kept: whose it is, how it is reached, what it may do, how it is shown, what it is one of. In a row of a person,
 * what has no such word in its name describes the person.
 */
const NEUTRAL = new Set(
  `
auth subject subjects sentiment sentiments embedding embeddings analytics metric metrics statistics stats
id ids uuid guid uid oid pk fk key keys code codes cd ref refs reference no nr num number numbers nbr seq sequence index idx slug permalink token tokens hash digest checksum etag fingerprint
status state states stage step phase progress type types typ kind kinds category categories class classes group groups level levels tier plan plans segment segments cluster band bucket rank grade
role roles permission permissions scope scopes ability abilities privileges acl policy rights access locale locales lang language languages timezone timezones tz currency currencies unit units theme
color colour icon layout format mode method source src origin channel channels medium campaign campaigns utm referrer referer referral provider platform os app apps application version versions build
model brand make device browser client firmware release engine driver protocol server host cluster zone node instance environment env region regions area territory market district sector country countries
nation site sites location store shop branch office department departments dept division team teams units organization organisation organizations org company companies employer firm business workspace tenant realm domain
position title job function position speciality specialty specialities specialism specialization expertise skills skill shift shifts schedule rota frequency period cycle interval term terms contract agreement product products package
service services subscription membership scheme network gateway processor flag flags enabled disabled active inactive verified confirmed approved blocked locked deleted archived default primary visible
visibility public opt optin optout consent consents notify notification notifications newsletter marketing preference preferences prefs setting settings config configuration options option meta metadata attribute
attributes extra extras properties props tags label labels keyword keywords sort order orders ordering priority weight score scores rating ratings rank points balance amount count counts total rate percent quota limit
limits fee discount currency tax vat revision migration legacy external import imported sync synced batch created updated modified deleted changed checked at on by date time timestamp ts start end begin until from
queue schema table column field fields entity object discriminator dtype item items file files filename filepath path paths dir folder url urls uri link links href web website homepage slug domain template templates
action actions event events operation verb result results outcome decision error errors warning exception trace log logs message severity resolution check checks feature features experiment variant variants rule rules
quality quantity size length width height duration bytes pages features hours opening capacity price prices cost costs revenue turnover sales payment payments terms bank bic swift
seat seats gate ticket flight origin destination route lane dock slot room rooms floor building desk base station terminal carrier airline vessel ship aircraft truck vehicle fleet line lines stop stops
art arten typ klasse kategorie gruppe gruppen stufe stand zustand kz kennung kennz kennziffer schluessel schlussel schl nummer rolle rollen rechte recht berechtigung berechtigungen profil sprache sprachen wahrung waehrung
waehr land lnd staat region gebiet bezirk kreis filiale fil abteilung abteil abt bereich team standort stelle posten position funktion fkt dienstgrad rang titel tarif vertrag produkt sparte quelle kanal herkunft kampagne grund
anlage anlass vorgang betrag saldo summe anzahl menge einheit gewerk fachrichtung fachgebiet schwerpunkt spezialisierung schicht modus methode verfahren marke modell gerat geraet system mandant mandat mandats datei pfad verweis
aktenzeichen az referenz ebene ordnung reihenfolge prioritat prioritaet einstellung einstellungen optionen vorlage firma firmenname unternehmen betrieb agentur verband verein turnus intervall zeitraum beginn ende datum uhrzeit farbe
matchcode bewertung punkte zahlungsart versandart lieferart zahlungsziel werbung einwilligung zustimmung newsletter sperre sperr gesperrt aktiv
statut etat etape type types genre categorie classe groupe niveau rang grade role roles profil droit droits langue langues devise pays region secteur zone agence service services direction departement pole equipe
poste fonction metier specialite qualification corps contrat offre formule produit source canal origine campagne motif code codes cle numero reference ref indice montant solde total nombre quantite unite taux
mode methode marque modele systeme dossier fichier chemin lien ordre priorite preference preferences parametre parametres options modele societe entreprise raison organisme structure etablissement association
cycle periode debut fin date heure couleur note points accord consentement actif bloque decision resultat energie par
estado situacion etapa tipo tipos clase categoria grupo nivel rango rol roles perfil permiso permisos idioma idiomas moneda divisa pais zona sector sede sucursal oficina departamento area equipo puesto cargo funcion
especialidad especialidades turno contrato plan tarifa producto origen fuente canal campana motivo codigo clave numero referencia ref indice importe saldo total cantidad unidad tasa modo metodo marca modelo sistema
archivo fichero ruta enlace orden prioridad preferencias ajustes opciones plantilla empresa sociedad organizacion entidad institucion ciclo periodo inicio fin fecha hora color puntos consentimiento activo bloqueado decision
resultado vehiculo instrumento tabla operacion accion
stato fase tipo tipologia classe categoria gruppo livello grado ruolo profilo permessi lingua valuta paese zona settore sede filiale ufficio reparto dipartimento squadra posizione mansione qualifica funzione
specializzazione turno contratto piano tariffa prodotto origine fonte canale campagna motivo codice chiave numero riferimento importo saldo totale quantita unita aliquota modalita metodo marca modello sistema file percorso
ordine priorita preferenze impostazioni opzioni azienda societa ente periodo inizio fine data ora colore punti consenso attivo bloccato esito
estado situacao etapa tipo classe categoria grupo nivel escalao perfil permissoes idioma moeda pais zona setor sector sede filial loja departamento equipa equipe posto cargo funcao especialidade turno contrato plano
tarifa produto origem fonte canal campanha motivo codigo chave numero referencia valor saldo total quantidade unidade taxa modo metodo marca modelo sistema ficheiro arquivo caminho ordem prioridade preferencias
definicoes opcoes empresa sociedade entidade periodo inicio fim data hora cor pontos consentimento ativo bloqueado resultado acesso
status stand fase soort type klasse categorie groep niveau rang graad rol rollen rechten profiel taal talen valuta munt land regio gebied sector filiaal vestiging kantoor afdeling team functie positie specialisatie specialisme
dienst rooster contract abonnement pakket tarief product bron kanaal herkomst campagne reden code sleutel nummer referentie bedrag saldo totaal aantal eenheid percentage modus methode merk model systeem bestand pad volgorde
prioriteit voorkeur voorkeuren instellingen opties sjabloon bedrijf bedrijfsnaam organisatie periode begin einde datum tijd kleur punten toestemming actief geblokkeerd resultaat voertuig kvk btw
days hours tage stunden jours heures dias horas giorni ore dagen uren werkdagen arbeitstage ext extension pais curso cursos turma turmas jahrgang schuljahr schooljaar leerjaar habitacion zimmer chambre quarto kamer list lists liste lista lijst kst kostenstelle cost center centre nro nbr gabinete gabinetto buro bureau despacho consultorio praxis cabinet ward bed cell cabin bay berth stable razon ragione razao denomination denominacion denominazione
dispo porte puertas tor poort porta availability disponibilite disponibilidad disponibilidade disponib disponibilita verfugbarkeit beschikbaarheid season saison temporada stagione seizoen epoca
payment forma formas pago pagos pagamento paiement reglement betaling betaal zahlung risk riesgo risque rischio risco risiko trade oficio oficios mestiere vak gewerbe handwerk task tasks tarea tareas tache taches
taak taken aufgabe aufgaben mezzo medio moyen meio middel arm treatment withdrawal reason reasons papel reaction reactions reacciones transport tool tools
tema thema temas seat seating siege siege asiento sitz sitzplatz posto zitplaats kamp kampagne typ tipodoc lifecycle pipeline funnel utm gdpr sso saml oauth ldap api web hook webhook cron job batch shard ean sku isin lei vat kvk siret naf ico matchcode pnr iata icao gtin mcc nace sic
`
    .trim()
    .split(/\s+/),
)

/** Parts at the end of German and Dutch compounds that say the same. */
const NEUTRAL_AT_THE_END =
  /^[a-z]{2,}dat$|^[a-z]{3,}(nummer|nr|status|art|typ|type|code|kennung|kennzeichen|gruppe|klasse|stufe|kategorie|stelle|datum|zeit|sequenz|sequence|folge|betrag|summe|satz|anzahl|sprache|land|rolle|recht|rechte|profil|firma|referenz|bereich|gebiet|bezirk|ort|quelle|kanal|form|modus|plan|tarif|vertrag|groep|klasse|niveau|soort|bedrag|aantal|taal|rol|bron|kanaal|vorm|kz|(firmen|bank|vereins|tarif|produkt|datei|gruppen|team|betriebs|bedrijfs|bestands) ?(name|naam))$/

/** Codes and kinds, as in `codcliente` and `tipoidfiscal`, where Spanish, Italian and Portuguese names are written as one word. */
const NEUTRAL_AT_THE_START = /^(cod|tipo|regimen?)[a-z]{3}/

/** The name of what has one, such as `guild name`, and tags. */
const NAMED = /^[a-z]+ (name|nom|nombre|nome|naam)$|^tags?$/

/** Whether a name says, in one of the ways to read it, how a row is kept. */
export function isNeutral(forms: readonly string[]): boolean {
  return forms.some(
    (form) =>
      NAMED.test(form) ||
      form
        .split(' ')
        .some(
          (word) =>
            NEUTRAL.has(word) ||
            NEUTRAL.has(word.replace(/ies$/, 'y').replace(/s$/, '')) ||
            NEUTRAL_AT_THE_START.test(word) ||
            NEUTRAL_AT_THE_END.test(word),
        ),
  )
}
