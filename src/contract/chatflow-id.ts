/** What a chatflow's id may look like: safe in a path, a header and a log line. */
export const CHATFLOW_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
