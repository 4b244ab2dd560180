import { useEffect, useMemo, type ReactNode } from 'react';
import { TollgateError } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import type { Texts } from '../i18n/en.js';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';
import type { Upload } from './use-uploads.js';

interface UploadListProps {
  readonly uploads: readonly Upload[];
  readonly onRemove: (key: number) => void;
}

/** The files of the next question: what they are, how far they are, what went wrong. */
export function UploadList({ uploads, onRemove }: UploadListProps): ReactNode {
  if (uploads.length === 0) return null;
  return (
    <ul className="uploads">
      {uploads.map((upload) => (
        <UploadView key={upload.key} upload={upload} onRemove={onRemove} />
      ))}
    </ul>
  );
}

function UploadView({
  upload: { key, file, progress, attachment, error },
  onRemove,
}: {
  readonly upload: Upload;
  readonly onRemove: (key: number) => void;
}): ReactNode {
  const texts = useTexts();
  const isDone = attachment !== undefined;
  return (
    <li className="upload" data-state={error === undefined ? (isDone ? 'done' : 'running') : 'failed'}>
      {file.type.startsWith('image/') ? <Preview file={file} /> : <Icon name="file" />}
      <span className="upload-name" dir="auto">
        {file.name}
      </span>
      {error !== undefined && (
        <span className="upload-error" role="alert">
          {whyNot(error, file.name, texts)}
        </span>
      )}
      {!isDone && error === undefined && (
        <progress
          max={1}
          value={progress}
          aria-label={texts.uploading(file.name, Math.round(progress * 100))}
        />
      )}
      <button
        type="button"
        className="tool-button"
        aria-label={texts.removeFile(file.name)}
        onClick={() => {
          onRemove(key);
        }}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

function Preview({ file }: { readonly file: File }): ReactNode {
  const url = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(
    () => () => {
      URL.revokeObjectURL(url);
    },
    [url],
  );
  return <img src={url} alt="" />;
}

function whyNot(error: unknown, name: string, texts: Texts): string {
  if (!(error instanceof TollgateError)) return texts.uploadFailed(name);
  if (error.is('payload_too_large')) return texts.fileTooBig(name);
  if (error.is('validation_failed')) return error.details.errors.map(({ message }) => message).join('. ');
  return describeError(error, texts);
}
