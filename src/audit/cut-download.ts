/** What a route answers that sends a download itself, when not all of it went out: for the audit log. */
export interface CutDownload {
  readonly cutOff: true;
}
export const CUT_DOWNLOAD: CutDownload = { cutOff: true };
