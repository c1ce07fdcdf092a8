import type { Tensor } from '../core/tensor.ts';
import { type Attribute, readAttributes, textsOf } from './hdf5/attribute.ts';
import { readDataset, readShape } from './hdf5/dataset.ts';
import { type Link, readLinks } from './hdf5/group.ts';
import { type ObjectHeader, readHeader } from './hdf5/header.ts';
import { damaged, notRead, Source, shown } from './hdf5/source.ts';
import { readSuperblock } from './hdf5/superblock.ts';

export { isHdf5 } from './hdf5/superblock.ts';

/**
 * Reads HDF5 files from memory
 * (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, "format specification" below).
 *
 * Not through the HDF Group's own library compiled to WebAssembly: it is one instance for all files, keeps the memory
 * it was given, copies every file, and a damaged one can break it for the next. Here a weight that lies in the file as
 * the machine has it is not copied at all, and no byte is read nor memory taken on a file's word without being held
 * against the file's size.
 */
export interface Hdf5 {
  /** What stands at a path, or undefined. A link to another file is refused, never followed. */
  kind(path: string): 'group' | 'dataset' | undefined;
  /** Names in a group, in the file's order; empty where there is none. */
  keys(path: string): readonly string[];
  /** A text attribute, or undefined. */
  text(path: string, name: string): string | undefined;
  /** A list-of-texts attribute, joined from its chunks (`name0`, `name1`, …) where Keras had to split it. */
  texts(path: string, name: string): readonly string[] | undefined;
  /** A dataset's shape, or undefined where there is none. */
  shape(path: string): readonly number[] | undefined;
  /** @throws FoveaError `MODEL_DAMAGED` also where there is none */
  tensor(path: string): Tensor;
}

/** One object of the file; its parts are read when asked for, once. */
interface Node {
  readonly header: ObjectHeader;
  links?: ReadonlyMap<string, Link> | undefined;
  attributes?: ReadonlyMap<string, Attribute>;
}

/** Soft links that a path may go through (as HDF5's own default, H5L_NUM_LINKS). */
const MAX_SOFT_LINKS = 16;

/**
 * @param bytes the whole file; tensors may be views of it
 * @throws FoveaError `MODEL_DAMAGED`; so do all of the methods, and `MODEL_STORAGE_UNSUPPORTED`, `MODEL_TOO_LARGE`
 */
export function openHdf5(bytes: Uint8Array): Hdf5 {
  const source = new Source(bytes);
  const root = readSuperblock(source);
  const nodes = new Map<number, Node>();

  function nodeAt(address: number): Node {
    const known = nodes.get(address);
    if (known) return known;
    const header = readHeader(source, address);
    const node: Node = { header };
    nodes.set(address, node);
    return node;
  }
  const linksOf = (node: Node) => {
    if (!('links' in node)) node.links = readLinks(source, node.header);
    return node.links;
  };
  const attributesOf = (node: Node) => (node.attributes ??= readAttributes(source, node.header));

  /** Goes down one name at a time, so that a link out of the file is seen and not followed. */
  function find(path: string): Node | undefined {
    let here = nodeAt(root);
    const names = namesOf(path);
    let softLinks = 0;
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const link = linksOf(here)?.get(name);
      if (!link) return undefined;
      if (link.kind === 'external') throw notRead(`${shown(path)} is a link to another file`);
      if (link.kind === 'hard') {
        here = nodeAt(link.address);
        continue;
      }
      if (++softLinks > MAX_SOFT_LINKS)
        throw damaged(`${shown(path)} is a link that leads through too many others`);
      if (link.path.startsWith('/')) here = nodeAt(root);
      names.unshift(...namesOf(link.path));
    }
    return here;
  }

  function textsAt(path: string, name: string): string[] | undefined {
    const node = find(path);
    const attribute = node && attributesOf(node).get(name);
    return attribute && textsOf(source, attribute, name);
  }

  return {
    kind: (path) => {
      const node = find(path);
      if (!node) return undefined;
      return readShape(node.header) ? 'dataset' : linksOf(node) ? 'group' : undefined;
    },
    keys: (path) => {
      const node = find(path);
      return node ? [...(linksOf(node)?.keys() ?? [])] : [];
    },
    text: (path, name) => textsAt(path, name)?.[0],
    texts: (path, name) => {
      const whole = textsAt(path, name);
      if (whole) return whole;
      const parts: string[] = [];
      for (let i = 0; ; i++) {
        const part = textsAt(path, `${name}${i}`);
        if (!part) return i === 0 ? undefined : parts;
        parts.push(...part);
      }
    },
    shape: (path) => {
      const node = find(path);
      return node && readShape(node.header);
    },
    tensor: (path) => {
      const node = find(path);
      if (!node) throw damaged(`there is no dataset at ${shown(path)}`);
      return readDataset(source, node.header, path);
    },
  };
}

const namesOf = (path: string) => path.split('/').filter((name) => name !== '' && name !== '.');
