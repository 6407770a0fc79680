throw new Error(
  'A unit test cannot import the build, an embedded database or a browser. Move the file to a folder of another lane: jest.config.js.',
);
