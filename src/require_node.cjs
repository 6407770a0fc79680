'use strict';

// Loaded before anything that an older Node cannot even parse, so it is plain JavaScript of any age.
const needed = /[\d.]+/.exec(require('../package.json').engines.node)[0];
const [major, minor] = needed.split('.').map(Number);
const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
if (ourMajor < major || (ourMajor === major && ourMinor < minor)) {
  process.stderr.write('Gatehouse needs Node ' + needed + ' or newer; this is ' + process.versions.node + '.\n');
  process.exit(1);
}
