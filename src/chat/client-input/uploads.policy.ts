import type { UploadRule } from '../../chatflows/chatflow.js';
import { errors } from '../../platform/errors/errors.js';
import type { ChatProvider, Upload } from '../../upstream/chat-provider.port.js';
import type { AskedFile } from './asked-file.js';
import { readOutgoingAddress } from './outgoing-address.js';

/**
 * The files of a request as they may go to a chatflow's upstream.
 * @throws AppError `validation_failed` naming the first that the chatflow does not allow, or its upstream does not take
 */
export function acceptUploads(
  provider: Pick<ChatProvider, 'refusalOf'>,
  rule: UploadRule = {},
  asked: readonly AskedFile[] = [],
): readonly Upload[] {
  return asked.map(({ field, upload }) => {
    const reason = provider.refusalOf(upload) ?? typeRefusal(rule, upload);
    if (reason !== undefined) throw refused(field, reason);
    return upload.type === 'url' ? withAddress(upload, field, rule) : upload;
  });
}

function typeRefusal({ types }: UploadRule, { mime }: Upload): string | undefined {
  if (types === undefined || types.some((type) => isOfType(mime, type))) return undefined;
  return types.length === 0
    ? 'is not allowed: this chatflow takes no files'
    : 'must be of a type that this chatflow takes';
}

function isOfType(mime: string, type: string): boolean {
  return type.endsWith('/*') ? mime.startsWith(type.slice(0, -1)) : mime === type;
}

function withAddress(upload: Upload, field: string, { privateAddresses = false }: UploadRule): Upload {
  const address = readOutgoingAddress(upload.data, privateAddresses);
  if (address.kind === 'refused') throw refused(field, address.reason);
  return { ...upload, data: address.href };
}

function refused(field: string, message: string) {
  return errors.validation([{ field, message }]);
}
