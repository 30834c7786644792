// npm run <task> arrives here, on whatever Node the machine has and perhaps with nothing installed. This file is
// kept to old syntax, and imports the rest only once the version is known to be able to read it.
var major = Number(process.versions.node.split('.')[0]);
var sentence = 'Building and testing Keybridge needs Node 20 or newer; this is ' + process.version;

if (major < 20) {
  sentence += ' (' + process.execPath + '). Install a newer one from https://nodejs.org and run this again.';
  console.error(sentence);
  process.exitCode = 1;
} else {
  start();
}

function start() {
  import('./tasks.mjs')
    .then(tasks => tasks.main(process.argv[2], process.argv.slice(3)))
    .then(
      code => {
        process.exitCode = code;
      },
      error => {
        // Whatever is thrown is an Error; a Plain one says all there is to say in its message.
        console.error(error.plain ? error.message : error);
        process.exitCode = error.plain ? error.code : 1;
      },
    );
}
