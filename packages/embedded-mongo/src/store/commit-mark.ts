import { closeSync, copyFileSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const DIGITS = 16;

/**
 * Remembers beside the database how many commits it has acknowledged. SQLite reads its log up to the first frame that does not add up and takes
 * what follows for a write that a crash cut off: bits that flip in the log would make the database an older one, without a word. Written without a
 * sync, so that it costs microseconds: it survives the end of the process; after a power cut it may know less than there is, never more.
 */
export class CommitMark {
  private readonly file: number;

  /** Opens the mark, which takes its room on the disk now. @param commits that the database has */
  constructor(path: string, commits: number) {
    // Not 'w': a crash between the cut and the write would leave none.
    this.file = openSync(path, 'a+', 0o600);
    closeSync(this.file);
    this.file = openSync(path, 'r+');
    this.write(commits);
  }

  /** After the commit is on the disk. */
  write(commits: number): void {
    const digits = String(commits).padStart(DIGITS, '0');
    try {
      writeSync(this.file, `${digits} ${checksumOf(digits)}\n`, 0);
    } catch {
      // It then tells less than it could. The commit itself is safe.
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/** What the mark says. @returns undefined when there is none, or none that was written whole */
export function readCommitMark(path: string): number | undefined {
  try {
    const [digits = '', checksum] = readFileSync(path, 'utf8').trimEnd().split(' ');
    return digits.length === DIGITS && checksum === checksumOf(digits) ? Number(digits) : undefined;
  } catch {
    return undefined;
  }
}

/** Copies the log of a database that lacks commits, before the connection that found it closes and SQLite with it removes the log. */
export function keepDamagedLog(file: string): void {
  const kept = `${file}-wal.damaged`;
  if (existsSync(`${file}-wal`) && !existsSync(kept)) copyFileSync(`${file}-wal`, kept);
}

function checksumOf(digits: string): string {
  return crc32(digits).toString(16).padStart(8, '0');
}
