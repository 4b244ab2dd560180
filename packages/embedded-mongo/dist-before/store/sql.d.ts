/** What the store says to SQLite. */
export declare const SQL: {
    readonly getRecord: "SELECT bytes, checksum FROM records WHERE id = ?";
    readonly putRecord: "INSERT INTO records VALUES (?, ?, ?)";
    readonly updateRecord: "UPDATE records SET bytes = ?, checksum = ? WHERE id = ?";
    readonly deleteRecord: "DELETE FROM records WHERE id = ?";
    readonly records: "SELECT id, bytes, checksum FROM records WHERE id > ? AND id < ? ORDER BY id LIMIT ?";
    readonly lastRecord: "SELECT max(id) FROM records WHERE id >= ? AND id < ?";
    readonly clearRecords: "DELETE FROM records WHERE id >= ? AND id < ?";
    readonly putEntry: "INSERT INTO entries VALUES (?, ?)";
    readonly deleteEntry: "DELETE FROM entries WHERE key = ?";
    readonly first: "SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key ASC LIMIT 1";
    readonly last: "SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1";
    readonly ascending: "SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key ASC LIMIT ?";
    readonly descending: "SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?";
    readonly clearEntries: "DELETE FROM entries WHERE key >= ? AND key < ?";
    readonly getMeta: "SELECT value, checksum FROM metas WHERE name = ?";
    readonly putMeta: "INSERT INTO metas VALUES (?, ?, ?)";
    readonly deleteMeta: "DELETE FROM metas WHERE name = ?";
    readonly metas: "SELECT name, value, checksum FROM metas WHERE name >= ? AND name < ? ORDER BY name";
    readonly begin: "BEGIN IMMEDIATE";
    readonly commit: "COMMIT";
    readonly savepoint: "SAVEPOINT command";
    readonly release: "RELEASE command";
    readonly undo: "ROLLBACK TO command";
};
