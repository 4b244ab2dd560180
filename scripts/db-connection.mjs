import mongoose from 'mongoose';

/** A client of the MongoDB at `uri`, or of the embedded database of a directory, which is started for it. */
export async function openSource(uri, dataDir) {
  const embedded =
    uri === undefined
      ? await (await import('@tollgate/embedded-mongo')).startEmbeddedDatabase({ dataDir })
      : undefined;
  const client = new mongoose.mongo.MongoClient(uri ?? embedded.uri);
  await client.connect();
  return {
    client,
    close: async () => {
      await client.close();
      await embedded?.close();
    },
  };
}
