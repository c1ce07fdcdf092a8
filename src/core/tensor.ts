/** Element types that cross room borders; names as in NumPy. */
export interface TensorData {
  float32: Float32Array;
  float64: Float64Array;
  /** IEEE half floats as their 16 bits. */
  float16: Uint16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type DType = keyof TensorData;

/** A dense array in C order: `data.length` is the product of `shape`. */
export interface Tensor<T extends DType = DType> {
  readonly dtype: T;
  readonly shape: readonly number[];
  readonly data: TensorData[T];
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
