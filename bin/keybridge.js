#!/usr/bin/env node
// Old syntax on purpose: a Node too old for Keybridge must still be able to read this file and say so.
var version = process.versions.node.split('.');
var sentence = 'Keybridge needs Node 22.19 or newer; this is ' + process.version;

if (Number(version[0]) > 22 || (Number(version[0]) === 22 && Number(version[1]) >= 19)) {
  require('./start.js');
} else if (Number(version[0]) < 18 || !require('./newer-node.js')()) {
  sentence += ' (' + process.execPath + '). Install a newer one from https://nodejs.org';
  sentence += ', or put the full path of a newer one into the host\'s "command".';
  console.error(sentence);
  process.exitCode = 1;
}
