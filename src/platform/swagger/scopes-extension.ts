/** Of an operation: an API key needs one of these scopes. Empty: no API key is taken. */
export const SCOPES_EXTENSION = 'x-scopes';
