// Medplum's core names the class when it is loaded; Node.js has it from version 22 on. Nothing here uses it.
globalThis.WebSocket ??= class {};
