/** RFC 5321, section 4.5.3.1.3, less the angle brackets. */
export const MAX_EMAIL_CHARACTERS = 254;
export const MIN_PASSWORD_CHARACTERS = 8;
export const MAX_PASSWORD_CHARACTERS = 128;
