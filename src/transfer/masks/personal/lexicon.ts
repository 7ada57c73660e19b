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
