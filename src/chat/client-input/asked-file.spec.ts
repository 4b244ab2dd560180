import { AppError } from '../../platform/errors/app.error.js';
import { joinFiles, readFile, type GivenFile } from './asked-file.js';

const PNG = 'data:image/png;base64,AA==';
const read = (given: GivenFile) => readFile(given, 'f').upload;
const fieldsOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.details.errors;
  }
  throw new Error('Nothing was refused.');
};

describe('readFile', () => {
  it.each<[string, GivenFile, object]>([
    ['a data URL without a name', { data: PNG }, { type: 'file', name: 'image.png', mime: 'image/png' }],
    ['a name without extension', { data: PNG, name: 'photo' }, { name: 'photo.png' }],
    ['a name of another type', { data: PNG, name: 'photo.pdf' }, { name: 'photo.pdf.png' }],
    [
      'another extension of the same type',
      { data: 'data:image/jpeg;base64,AA==', name: 'a.jpeg' },
      { name: 'a.jpeg' },
    ],
    [
      'another name of the type',
      { data: 'data:image/jpg;base64,AA==' },
      { name: 'image.jpg', mime: 'image/jpeg' },
    ],
    [
      'a recording',
      { data: 'data:audio/webm;codecs=opus;base64,AA==' },
      { type: 'audio', name: 'audio.webm', mime: 'audio/webm' },
    ],
    ['a document', { data: 'data:application/pdf;base64,AA==' }, { type: 'file', name: 'file.pdf' }],
    ['the type that its client says', { data: PNG, type: 'file:rag' }, { type: 'file:rag' }],
    ['a data URL that is called an address', { data: PNG, type: 'url' }, { type: 'file' }],
    [
      'an address that is called a file',
      { data: 'https://a.example/x.png', type: 'file' },
      { type: 'url', name: 'x.png', mime: 'image/png' },
    ],
    ['an address that says nothing', { data: 'https://a.example/x' }, { type: 'url', mime: '' }],
    [
      'an address of an image',
      { data: 'https://a.example/x', medium: 'image' },
      { type: 'url', mime: 'image/*' },
    ],
    [
      'an address with a type',
      { data: 'https://a.example/x', mime: 'application/pdf' },
      { mime: 'application/pdf' },
    ],
    [
      'a type that says nothing, with a name',
      { data: 'data:application/octet-stream;base64,AA==', name: 'a.csv' },
      { mime: 'text/csv', data: 'data:text/csv;base64,AA==' },
    ],
    [
      'a type that only the client knows',
      { data: 'data:;base64,AA==', mime: 'application/pdf' },
      { data: 'data:application/pdf;base64,AA==' },
    ],
    [
      'text that is not base64',
      { data: 'data:,a%20b' },
      { data: `data:text/plain;base64,${btoa('a b')}`, name: 'file.txt' },
    ],
    ['a type that nobody knows', { data: 'data:application/vnd.thing;base64,AA==' }, { name: 'file.thing' }],
    ['a name of many dots', { data: 'data:text/plain;base64,AA==', name: 'a..b.txt' }, { name: 'a..b.txt' }],
  ])('understands %s', (_what, given, expected) => {
    expect(read(given)).toMatchObject(expected);
  });

  it.each<[string, GivenFile]>([
    ['nothing', { data: '' }],
    ['no text', { data: 7 }],
    ['a path', { data: '/etc/passwd' }],
    ['another scheme', { data: 'file:///etc/passwd' }],
    ['what is not base64', { data: 'data:image/png;base64,%%%' }],
    ['a lone percent sign', { data: 'data:text/plain,%' }],
    ['a name that climbs', { data: PNG, name: '../../etc/passwd' }],
    ['a name with a path', { data: PNG, name: 'C:\\a.png' }],
    ['a name with a line break', { data: PNG, name: 'a\nb.png' }],
    ['an endless name', { data: PNG, name: 'a'.repeat(201) }],
  ])('refuses %s', (_what, given) => {
    expect(fieldsOf(() => read(given))).toEqual([{ field: 'f', message: expect.any(String) }]);
  });
});

describe('joinFiles', () => {
  it('gives each file a name of its own', () => {
    const files = ['a.png', 'a.png', 'a.png', undefined, undefined].map((name) =>
      readFile({ data: PNG, name }, 'f'),
    );
    expect(joinFiles(files, 'f').map(({ upload }) => upload.name)).toEqual([
      'a.png',
      'a-2.png',
      'a-3.png',
      'image.png',
      'image-2.png',
    ]);
  });

  it('refuses too many', () => {
    const files = Array.from({ length: 21 }, () => readFile({ data: PNG }, 'f'));
    expect(joinFiles(files.slice(1), 'f')).toHaveLength(20);
    expect(fieldsOf(() => joinFiles(files, 'f'))).toEqual([
      { field: 'f', message: 'must bring at most 20 files' },
    ]);
  });
});
