import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { entrySpace, META_SPACE, metaChecksum, recordChecksum, recordSpace } from './layout.js';
import { addToTotals, COMMITS_ROW, NO_TOTALS, totalsChecksum } from './space-totals.js';
import { BUSY_TIMEOUT_MS } from './sqlite-connection.js';
/** Opens a database that others may be writing to, for `work` alone. */
export function withDatabase(file, work) {
    const connection = new Database(file);
    try {
        connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
        return work(connection);
    }
    finally {
        // Closing waits for statements to be collected: without this the moment that was read would stay reserved.
        if (connection.inTransaction)
            connection.exec('ROLLBACK');
        connection.close();
    }
}
/**
 * Reads every row of the file once: each must have its checksum, the rows of each keyspace must add up to its totals,
 * and SQLite's own structures must be whole. It sees one moment of the file and does not disturb writers.
 * Returns what is wrong, or undefined.
 * @param isStopped asked for every row; once it says so, nothing more is read and nothing is wrong
 */
export function verifyFile(file, isStopped = () => false) {
    try {
        return withDatabase(file, (connection) => {
            connection.exec('BEGIN');
            const damage = verifyRows(connection, isStopped);
            return isStopped() ? undefined : (damage ?? verifyStructure(connection));
        });
    }
    catch (error) {
        return error instanceof Error ? error.message : String(error);
    }
}
function verifyRows(connection, isStopped) {
    const found = new Map();
    const count = (space, checksum, size) => {
        const totals = found.get(space) ?? { ...NO_TOTALS };
        addToTotals(totals, checksum, size, 1);
        found.set(space, totals);
    };
    function* rows(sql) {
        for (const row of connection.prepare(sql).raw(true).iterate([])) {
            if (isStopped())
                return;
            yield row;
        }
    }
    let lastRecord = -1;
    for (const [id, bytes, checksum] of rows('SELECT id, bytes, checksum FROM records ORDER BY id')) {
        if (id <= lastRecord || recordChecksum(id, bytes) !== checksum)
            return 'checksum of a record';
        lastRecord = id;
        count(recordSpace(id), checksum, bytes.length);
    }
    let lastKey = Buffer.alloc(0);
    for (const [key, checksum] of rows('SELECT key, checksum FROM entries ORDER BY key')) {
        if (Buffer.compare(key, lastKey) <= 0 || crc32(key) !== checksum)
            return 'checksum of an index entry';
        lastKey = key;
        count(entrySpace(key), checksum, key.length);
    }
    for (const [name, value, checksum] of rows('SELECT name, value, checksum FROM metas')) {
        if (metaChecksum(name, value) !== checksum)
            return 'checksum of the catalog';
        count(META_SPACE, checksum, value.length);
    }
    for (const [space, expected, size, sum, checksum] of rows('SELECT space, count, size, sum, checksum FROM spaces')) {
        if (totalsChecksum(space, { count: expected, size, sum }) !== checksum)
            return 'totals of a keyspace';
        if (space === COMMITS_ROW)
            continue;
        const totals = found.get(space) ?? NO_TOTALS;
        if (totals.count !== expected || totals.size !== size || totals.sum !== sum)
            return 'rows are missing or there twice';
        found.delete(space);
    }
    return found.size > 0 ? 'rows without totals' : undefined;
}
function verifyStructure(connection) {
    const [first] = connection.prepare('PRAGMA quick_check(1)').raw(true).all([]);
    return first?.[0] === 'ok' ? undefined : `structure: ${(first?.[0] ?? 'unreadable').replaceAll('\n', ' ')}`;
}
//# sourceMappingURL=verify.js.map