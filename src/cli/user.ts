import { readEnvironment } from '../config/read-environment.js';
import { runUserCommand } from './user/user-command.js';

// `npm run user`: users by the command line, for the first admin and for emergencies. docs/operating/users.md
process.exitCode = await runUserCommand(process.argv.slice(2), readEnvironment, process);
