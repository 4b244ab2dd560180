// Before the tests of a project (jest.config.js): see `database-under-test.ts`.
process.env.TEST_MONGODB = '7';
