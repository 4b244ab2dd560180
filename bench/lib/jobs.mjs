/** Does jobs for the parent process, which `startClient` is: answers each with its result or its error, until it is told to end. */
export function serveJobs(jobs) {
  process.on('message', ({ job, ...options }) => {
    jobs[job](options).then(
      (result) => process.send({ result }),
      (error) => process.send({ error: String(error?.stack ?? error) }),
    );
  });
  process.stdout.write('READY client\n');
  process.on('SIGTERM', () => process.exit(0));
}
