/** Whether a connection has failed for want of TLS, or because of it. */
export function isAboutTls(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /does not support SSL|no pg_hba.conf entry|no encryption|SSL/i.test(error.message)
}
