import { crc32 } from 'node:zlib';
import { DamagedDatabaseError } from '../errors.js';
import { prepareAll } from './sqlite-connection.js';
/** Of a keyspace without rows. */
export const NO_TOTALS = { count: 0, size: 0, sum: 0 };
const SUM_MODULUS = 2 ** 48;
/** The row beside those of the keyspaces that counts the commits. */
export const COMMITS_ROW = -1;
/** The checksum of the totals' own row. */
export function totalsChecksum(space, totals) {
    return crc32(`${space}:${totals.count}:${totals.size}:${totals.sum}`);
}
/** Adds one row to totals, or takes it away (`sign` -1). */
export function addToTotals(totals, checksum, size, sign) {
    totals.count += sign;
    totals.size += sign * size;
    totals.sum = (totals.sum + sign * checksum + SUM_MODULUS) % SUM_MODULUS;
}
/** The totals of every keyspace: read once, changed in memory, written with the batch that changed them. */
export class SpaceTotals {
    totals = new Map();
    changed = new Set();
    undo = new Map();
    /** How many batches have changed anything, this one included once it is flushed. */
    commits = 0;
    sql;
    constructor(connection) {
        this.sql = prepareAll(connection, SQL);
        this.reload();
    }
    /** Forgets what is not in the file. */
    reload() {
        this.totals.clear();
        this.changed.clear();
        this.commits = 0;
        for (const row of this.sql.all.all([])) {
            const [space, count, size, sum, checksum] = row;
            if (totalsChecksum(space, { count, size, sum }) !== checksum)
                throw new DamagedDatabaseError('totals of a keyspace');
            if (space === COMMITS_ROW)
                this.commits = count;
            else
                this.totals.set(space, { count, size, sum });
        }
    }
    of(space) {
        return this.totals.get(space) ?? NO_TOTALS;
    }
    /** Bytes of all rows. */
    size() {
        let size = 0;
        for (const totals of this.totals.values())
            size += totals.size;
        return size;
    }
    change(space, checksum, size, sign) {
        addToTotals(this.touch(space), checksum, size, sign);
    }
    drop(space) {
        this.touch(space);
        this.totals.delete(space);
    }
    /** Begins remembering what `restore` puts back. */
    mark() {
        this.undo.clear();
    }
    /** Returns whether there was anything to restore. */
    restore() {
        for (const [space, totals] of this.undo) {
            if (totals)
                this.totals.set(space, totals);
            else
                this.totals.delete(space);
        }
        return this.undo.size > 0;
    }
    /** Writes every change into the open batch. */
    flush() {
        for (const space of this.changed) {
            const totals = this.totals.get(space);
            if (totals)
                this.put(space, totals);
            else
                this.sql.remove.run([space]);
        }
        if (this.changed.size > 0)
            this.put(COMMITS_ROW, { count: ++this.commits, size: 0, sum: 0 });
        this.changed.clear();
    }
    put(space, totals) {
        this.sql.put.run([space, totals.count, totals.size, totals.sum, totalsChecksum(space, totals)]);
    }
    touch(space) {
        const known = this.totals.get(space);
        if (!this.undo.has(space))
            this.undo.set(space, known && { ...known });
        this.changed.add(space);
        if (known)
            return known;
        const fresh = { ...NO_TOTALS };
        this.totals.set(space, fresh);
        return fresh;
    }
}
const SQL = {
    all: 'SELECT space, count, size, sum, checksum FROM spaces',
    put: 'INSERT OR REPLACE INTO spaces VALUES (?, ?, ?, ?, ?)',
    remove: 'DELETE FROM spaces WHERE space = ?',
};
//# sourceMappingURL=space-totals.js.map