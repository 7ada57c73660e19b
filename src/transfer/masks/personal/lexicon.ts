/** Words of names that are written without a space: `hashedpassword`, `kundentelefon`. */
export const LEXICON: ReadonlySet<string> = new Set(
  `
placeholder iban cpf ssn dob bic access account address addr admin alias alter applicant attendee author auth avatar back balance bank bill billing billed bio birth birthday blood body born browser buyer
candidate card care cell child city client code comment comments company confirm confirmation contact content country county courriel created credit current customer cust date
day debit delivery department description device digest display doctor document donor driver drivers edit email emergency employee employer encrypted external
face family father fax field file finger fingerprint first forename full gender given gravatar guardian guest handle hash hashed health holder home hospital house image income
insurance insured invited invitee job key language last latitude legal letter license licence line local location login longitude mac mail mailing maiden manager marital member message messages
middle mobile money mother name names national nationality native nick note notes notify number occupation office officer opt order origin other owner parent partner pass passcode passport passwd password
patient payee payer pay person personal phone photo picture pin place plate player postal post postcode preferred private profile provider public race real realname reason recipient recovery
refresh registration religion remark remarks remember remote reporter reset residence reviewer salary salt school screen second secret secondary security seller sender service session sex ship shipping sign
signature signed skype social spouse staff start state statement status street student subject subscriber sur surname tax teacher telephone telegram tel temp tenant text title token totp town twitter type
unlock unsubscribe updated upload url user verification visitor wage web website whatsapp work year zip code created creator modified by ip id no nr num
konto kunde kunden name nummer vor nach familien geburt geburts datum tag ort land jahr strasse haus post plz stadt telefon handy mobil fax mail adresse anschrift privat wohn liefer rechnung
rechnungs empfanger inhaber bank benutzer nutzer mitarbeiter mitglied mitglieds patient patienten schuler lehrer mutter vater eltern kind fahrer gast mieter vermieter arzt ansprechpartner kontakt notfall
steuer sozial versicherung versicherungs versicherten ausweis pass fuhrerschein kennzeichen gehalt lohn einkommen brutto netto stunden monats jahres bemerkung bemerkungen notiz hinweis kommentar
passwort kennwort kennung bild foto unterschrift geschlecht familienstand staats religion beruf arbeitgeber personal ausleiher absender besteller kranken kasse
nom prenom adresse rue ville postal courriel telephone portable naissance mot passe utilisateur membre eleve patient salarie titulaire responsable destinataire
nombre apellido apellidos correo telefono movil direccion ciudad calle nacimiento fecha usuario cliente contrasena cuenta titular empleado alumno paciente contacto
cognome indirizzo citta telefono cellulare nascita codice fiscale utente dipendente referente luogo
endereco bairro cidade telefone celular nascimento senha sobrenome apelido mae pai aluno pessoa funcionario
adr acct routing secu sv kto konto notfall kontakt livraison facturation naissance historia clinica urgence envio entrega emergencia vers ausweis matrikel festnetz kennzeichen
list pregnant passaporto passeport pasaporte
report custom shipto billto sms log task result args smtp pfad schlussel
naam voor achter straat huis plaats woon telefoon mobiel geboorte wachtwoord gebruiker gebruikers klant klanten medewerker rekening nummer adres
`
    .trim()
    .split(/\s+/)
    .filter((word) => word.length >= 2),
)

/** Words of which compounds are made, beside those of {@link LEXICON}. They are not looked for where a word was cut short. */
export const PARTS: ReadonlySet<string> = new Set([
  ...LEXICON,
  ...`
srv tel telef priv privat mail str hsnr hnr plz ort geb dat datum fam kto inh konf konfess relig beruf lohn gehalt empf ruf tag code kode token secret hash key score band level status grade need needs plan
bestatigung verifizierung verifikation sicherheit zugang aktivierung freischalt wiederherstellung einmal anmelde anmeldung kontakt rufnummer haushalt einkommen vermogen schulden schuld rente renten pflege grad stufe bedarf
gesundheit zustand schul abschluss bildung augen haar haut farbe korper grosse gewicht gruss wunsch gesprach protokoll aussage zeugen zeuge unfall hergang schaden begrundung stellungnahme vollmacht betreuer
betreuung miet mieter vertrag partner geschafts ehe gatte ehegatte lebens familie mutter bezug bezugs erziehung berechtigt sorge recht taufe konfession glaube bezahl zahl zahler bank verbindung
lastschrift ein aus zug melde meldung beschwerde antrag antragsteller bewerbung bewerbungs lebenslauf zeugnis beurteilung leistung leistungs verhalten abwesenheit urlaub krankheit krankmeldung diagnose befund medikament
woon werk mobiel prive personeel personeels salaris schaal loon bruto gezin gezins grootte burgerlijke bewoner aanvrager kind ouder relatie huisarts medicatie sessie sleutel toestel bijlage opmerking klacht bericht
inhoud tekst verzuim reden nood levens overtuiging thuis situatie opleiding opleidings niveau inkomen jaar maand geslacht nationaliteit leerkracht leerling melder melding verzoek behandel behandeling zorg hulp vraag
verzekering verzekerings verzekerde schade betaal betaler incasso machtiging handtekening foto pas profiel gesprek gespreks verslag afspraak aanvraag bezorg bezorger levering aflever ontvanger rijbewijs paspoort kenteken
complet prenom naiss immat conducteur permis conjoint enfant salaire revenu identite piece carte sejour mutuelle medecin traitant urgence contact personne situation familiale
completo nacimiento primer segundo paterno materno domicilio documento tarjeta permiso vivienda inquilino historia madre padre hijo salud ingresos nascimento celular identidade
meta lead source channel
erstellt angelegt erfasst bearbeitet geandert von durch
holder nick screen maiden given house street post passport licence license plate driver rider player sender recipient witness statement report details device finger print image photo video audio voice record
recording height weight size shoe shirt eye hair skin colour color blood type income salary wage pension insurance policy claim health medical allergy diet faith marital child children emergency next kin
`
    .trim()
    .split(/\s+/),
])
