import { ApiBody } from '@nestjs/swagger';

/**
 * Documents the body of an operation with whole examples. Each must be accepted by a server with nothing but its demo data (a test sends them all): a body
 * made of the examples of all properties would name sessions and tokens that nobody has.
 * @param examples by what they show
 */
export function ApiExampleBody(
  type: new () => object,
  examples: Readonly<Record<string, object>>,
): MethodDecorator {
  return ApiBody({
    type,
    examples: Object.fromEntries(
      Object.entries(examples).map(([summary, value]) => [nameOf(summary), { summary, value }]),
    ),
  });
}

/** A key of the document's. */
function nameOf(summary: string): string {
  return summary.replaceAll(/[^\w]+/g, '_').toLowerCase();
}
