import { useCallback, useEffect, useRef, useState } from 'react';
import { TollgateError, type AttachedFile } from '@tollgate/client';
import { tollgate } from '../tollgate.js';

/** As many as the server takes with one question. */
export const MAX_FILES = 20;

/** A file on its way, or there. */
export interface Upload {
  readonly key: number;
  readonly file: File;
  /** From 0 to 1. */
  readonly progress: number;
  /** Set once the server has it. */
  readonly attachment?: AttachedFile;
  readonly error?: unknown;
}

export interface Uploads {
  readonly uploads: readonly Upload[];
  readonly isUploading: boolean;
  /** Those that the server has, in the order in which they were chosen. */
  readonly attachments: readonly AttachedFile[];
  /** @returns how many there was no place for */
  readonly add: (files: readonly File[]) => number;
  /** Also what is on its way, or kept at the server for nothing. */
  readonly remove: (key: number) => void;
  /** They were sent. */
  readonly clear: () => void;
}

let lastKey = 0;

/** The files that go with the next question: each is uploaded as soon as it is chosen. */
export function useUploads(chatflowId: string): Uploads {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const running = useRef(new Map<number, AbortController>());

  useEffect(() => {
    const { current } = running;
    return () => {
      for (const controller of current.values()) controller.abort();
    };
  }, []);

  const change = useCallback((key: number, changes: Partial<Upload>): void => {
    setUploads((known) => known.map((one) => (one.key === key ? { ...one, ...changes } : one)));
  }, []);

  const upload = useCallback(
    async (key: number, file: File): Promise<void> => {
      const controller = new AbortController();
      running.current.set(key, controller);
      try {
        const attachment = await tollgate.attachments.upload(file, {
          chatflowId,
          signal: controller.signal,
          onProgress: (sent, all) => {
            change(key, { progress: all === 0 ? 1 : sent / all });
          },
        });
        change(key, { attachment, progress: 1 });
      } catch (error) {
        if (!controller.signal.aborted) change(key, { error });
      } finally {
        running.current.delete(key);
      }
    },
    [chatflowId, change],
  );

  const add = useCallback(
    (files: readonly File[]): number => {
      const taken = files.slice(0, MAX_FILES - uploads.length);
      const fresh = taken.map((file) => ({ key: (lastKey += 1), file, progress: 0 }));
      setUploads((known) => [...known, ...fresh]);
      for (const { key, file } of fresh) void upload(key, file);
      return files.length - taken.length;
    },
    [upload, uploads.length],
  );

  const remove = useCallback(
    (key: number): void => {
      running.current.get(key)?.abort();
      const { attachment } = uploads.find((one) => one.key === key) ?? {};
      setUploads((known) => known.filter((one) => one.key !== key));
      if (attachment === undefined) return;
      tollgate.attachments.delete(attachment.id).catch((error: unknown) => {
        // What nobody sends goes by itself after a day.
        if (!(error instanceof TollgateError)) throw error;
      });
    },
    [uploads],
  );

  const clear = useCallback((): void => {
    setUploads([]);
  }, []);

  return {
    uploads,
    isUploading: uploads.some(({ attachment, error }) => attachment === undefined && error === undefined),
    attachments: uploads.flatMap(({ attachment }) => (attachment === undefined ? [] : [attachment])),
    add,
    remove,
    clear,
  };
}
