/** Of every event stream, whoever sends them. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // It is somebody's own conversation. Without `no-transform` a compressing proxy would collect events; without the last, nginx would.
  'Cache-Control': 'no-cache, no-store, private, no-transform',
  'X-Accel-Buffering': 'no',
} as const;
