const SAMPLE = 200;

/**
 * Holds a sample of what was written past the schemas against them.
 * @param connection of Mongoose, with the product's models
 * @throws Error when a document has a field too much, or one that is no value of its schema
 */
export async function assertFits(connection, names) {
  for (const model of Object.values(connection.models)) {
    if (!names.includes(model.collection.collectionName)) continue;
    const documents = await model.collection.find().limit(SAMPLE).toArray();
    if (documents.length === 0) throw new Error(`${model.collection.collectionName} is empty`);
    for (const document of documents) {
      const checked = new model();
      checked.set(document, undefined, { strict: 'throw' });
      await checked.validate();
    }
  }
}
