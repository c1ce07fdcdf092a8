// `npm start`: the set-up, then the server, in one process (or its child), so that a signal to it reaches the server.
await import('./setup.mjs');
process.argv.splice(2, 0, 'serve');
await import('../bin/fovea.mjs');
