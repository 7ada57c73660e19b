import type { PersonalKind } from '../kind.ts'
import { CODES, DEVICES } from './wide-words.ts'

/** The purposes of a code, a key or a hash that gives access to its holder. */
const PROOF =
  'activation|verif(y|ication)|confirm(ation)?|(forgot(ten)? |reset |change )?pass(word)?( reset)?|pw( reset)?|reset|persist|recover(y)?|backup|access|authentication|log ?in|sign ?in|otp|mfa|2 ?fa|two ?fa|two ?factor( secret| recovery)?|tfa|totp|unlock|remember( me)?|blocked|email change|log'

const OF_SERVICES =
  'refresh|session|bearer|api|client|private|secret|shared|signing|webhook|encryption|jwt|oauth|partial|hashed'

/** Data that proves someone's identity to a machine. */
export const CREDENTIALS: readonly PersonalKind[] = [
  {
    name: 'password or secret',
    words: `puk|(security|secret) ?(questions?|answers?|[aq])|(question|reponse|pregunta|respuesta|domanda|risposta|pergunta|resposta) (secrete|secreta|segreta|securite|seguridad|sicurezza|seguranca)|(sicherheits|geheim) ?(frage|antwort)|cipher ?text|jetons?( [a-z]+)?|session ?(state|data)|wifi ?(psk|key|pass)|psk|code ?hash|digicode|([a-z]+ )?(password|passwd|passwort|kennwort|contrasena|wachtwoord|senha|palavra ?passe|parola ?chiave|pass ?phrase|pass ?code|pass ?word)s?|pwd|psw|pass|pw|secrets?|(mot ?de ?passe|mot ?passe|mdp)|salt|geheimnis|otp|totp|pin ?code|pin|cookie|credentials?|private ?key|api ?key|apikey|ssh ?keys?|(${PROOF}) ?(codes?|keys?|hash|secrets?|digest|seed|salt|pin)|(${OF_SERVICES}) ?(keys?|secret)|(zwei ?faktor|geheim|zugangs|verschlusselungs|privat|api) ?(schlussel|code)|([a-z]+ )?tokens?( (hash|digest|secret))?|${CODES}`,
    families: ['text', 'bytes'],
    // Hashes of passwords, tokens that a server has signed, and keys as their services write them.
    value: String.raw`^(\$(2[abxy]|argon2[a-z]*|scrypt|[156])\$|pbkdf2[_:]|scrypt:|\{(SSHA|SHA|BCRYPT|bcrypt|noop)\}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY|(sk|rk|pk)_(live|test)_|gh[opsu]_|xox[abprs]-|AKIA[A-Z0-9]{12}|otpauth://|ssh-(rsa|ed25519) )`,
    compares: 'all',
    mask: 'hash',
  },
  {
    name: 'password or secret',
    words: 'clave',
    needs: 'about people',
    families: ['text', 'bytes'],
    mask: 'hash',
  },
  {
    name: 'password or secret',
    words: `pin|otp|pass ?code|(${PROOF}) ?(codes?|pin)`,
    families: ['integer'],
    mask: 'hash',
  },
  {
    name: 'password or secret',
    words:
      'codes?|auth(ori[sz]ation)? ?(codes?|key|hash)|hash|hashes|seed|key|key hash|identifier|identity|selector|selecteur|validator|public key|proof|nonce|sid|uid|subject|sub|value|valeur|wert|valor|valore|waarde|endpoint|auth|p256dh',
    isWhole: true,
    needs: 'credentials',
    families: ['text', 'bytes'],
    mask: 'hash',
  },
  {
    name: 'identifier of a device',
    words:
      'mac( ?(address|addr|adresse))?|imei|imsi|iccid|idfa|gaid|advertising ?id|(push|device|fcm|apns|registration) ?token|(device|browser) ?(fingerprint|identifier)|client ?id ?cookie|cookie ?id|visitor ?id|adresse ?mac|direccion ?mac|device ?(id|uuid|serial)|browser ?(guid|uuid|id)|(android|ios|apple ?device) ?id|(push|device) ?(registration|subscription) ?id|push ?(endpoint|subscription)|idfv|(browser |device )?fingerprint|indirizzo ?mac|endereco ?mac',
    families: ['text', 'hardware', 'uuid'],
    value: '^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$',
    mask: 'hash',
  },
  {
    name: 'identifier of a device',
    words: DEVICES,
    needs: 'about people',
    families: ['text', 'hardware', 'uuid'],
    mask: 'hash',
  },
  {
    name: 'IP address',
    words:
      'ip|ips|ip ?v ?[46]|ip ?(address|addr|adresse|adres|addresses|log)|ip ?hash|(last|remote|host|peer|source|src) ?(ip|addr|address)|client ?(ip|addr)|adresse ?ip|direccion ?ip|indirizzo ?ip|endereco ?ip|remote ?(addr|host)|x ?forwarded ?for|network ?address',
    families: ['network', 'text'],
    // Versions consist of four small numbers, and time codes of four pairs of digits.
    value: String.raw`^(?=.*([2-9][0-9]|1[0-9][0-9]))([0-9]{1,3}\.){3}[0-9]{1,3}$|^(?=.*::|([^:]*:){7})[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}$`,
    mask: 'ip',
  },
]
