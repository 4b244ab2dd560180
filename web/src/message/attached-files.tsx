import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { AttachedFile } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icons.js';
import { useNear } from '../ui/use-near.js';

/** Kinds of pictures that browsers show and that can run nothing. */
const SHOWN = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;

/** The files of a question: pictures as such, everything else to be saved. */
export function AttachedFiles({ files }: { readonly files: readonly AttachedFile[] }): ReactNode {
  if (files.length === 0) return null;
  return (
    <ul className="attached">
      {files.map((file) => (
        <li key={file.id}>{SHOWN.test(file.type) ? <Picture file={file} /> : <OtherFile file={file} />}</li>
      ))}
    </ul>
  );
}

function Picture({ file: { id, name } }: { readonly file: AttachedFile }): ReactNode {
  const { openFile } = useTexts();
  const frame = useRef<HTMLButtonElement>(null);
  const isNear = useNear(frame, 600);
  const url = useFileAddress(id, isNear);
  const [isBig, setBig] = useState(false);
  return (
    <>
      <button
        ref={frame}
        className="picture"
        type="button"
        aria-label={openFile(name)}
        onClick={() => {
          setBig(true);
        }}
      >
        {url === undefined ? <Icon name="file" /> : <img src={url} alt={name} />}
      </button>
      {isBig && url !== undefined && (
        <Dialog
          title={name}
          className="big-picture"
          onClose={() => {
            setBig(false);
          }}
        >
          <img src={url} alt={name} />
        </Dialog>
      )}
    </>
  );
}

/** A file is fetched with the user's token, so that its address is one of this page alone. */
function useFileAddress(id: string, isNeeded: boolean): string | undefined {
  const [url, setUrl] = useState<string>();
  const wanted = isNeeded || url !== undefined;
  useEffect(() => {
    if (!wanted) return;
    const controller = new AbortController();
    let made: string | undefined;
    tollgate.attachments.read(id, controller.signal).then(
      (blob) => {
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => undefined,
    );
    return () => {
      controller.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [id, wanted]);
  return url;
}

function OtherFile({ file: { id, name, bytes } }: { readonly file: AttachedFile }): ReactNode {
  const { openFile } = useTexts();
  const [hasFailed, setFailed] = useState(false);
  async function save(): Promise<void> {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await tollgate.attachments.read(id));
      // Never opened here: a page in it would be one of ours.
      link.download = name;
      link.click();
      setTimeout(() => {
        URL.revokeObjectURL(link.href);
      }, 1000);
    } catch {
      setFailed(true);
    }
  }
  return (
    <button
      className="file"
      type="button"
      aria-label={openFile(name)}
      data-failed={hasFailed}
      onClick={() => void save()}
    >
      <Icon name="file" />
      <span dir="auto">{name}</span>
      <small>{sizeOf(bytes)}</small>
    </button>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
