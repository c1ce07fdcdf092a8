import { type Static, Type } from 'typebox';

/**
 * How a picture becomes a model's input. Nothing in a Keras file says this, so it is declared beside the model,
 * shown to the user and editable. Field names are those of Hugging Face's `preprocessor_config.json`
 * (https://huggingface.co/docs/transformers/main_classes/image_processor) where it has one.
 *
 * Order of work: blank → grey (if asked for) → crop → resize to `size` → × `rescale_factor` → − `image_mean` → ÷ `image_std`.
 */
export const PreprocessingSchema = Type.Object(
  {
    /** Height and width of the model's input, pixels. */
    size: Type.Object({
      height: Type.Integer({ minimum: 1, maximum: 4096 }),
      width: Type.Integer({ minimum: 1, maximum: 4096 }),
    }),
    /** What is painted black first. `white_edges`: white filling that reaches the picture's edge, as of aligned OCT B-scans. */
    blank: Type.Optional(Type.Literal('white_edges')),
    /**
     * What is kept before resizing. `none`: everything, squashed to `size`. `cover`: the largest centred part with
     * the aspect ratio of `size` (PIL `ImageOps.fit`). `contain`: everything, with black bars (PIL `ImageOps.pad`).
     * `field_of_view`: as `contain`, but of the lit field of a fundus photograph alone, so that a disc or a lesion has
     * about the same size whatever surround a camera leaves.
     */
    crop: Type.Union([
      Type.Literal('none'),
      Type.Literal('cover'),
      Type.Literal('contain'),
      Type.Literal('field_of_view'),
    ]),
    /** Resize kernel, library and name: each bit-exact with its original. */
    resample: Type.Union([
      Type.Literal('pil_nearest'),
      Type.Literal('pil_box'),
      Type.Literal('pil_bilinear'),
      Type.Literal('pil_bicubic'),
      Type.Literal('pil_lanczos'),
      Type.Literal('opencv_bilinear'),
      Type.Literal('tensorflow_bilinear'),
    ]),
    /** Factor on the 0–255 samples, e.g. 1/255. */
    rescale_factor: Type.Number(),
    /** Subtracted after rescaling, one number a channel, in the order of `channel_order`. */
    image_mean: Type.Array(Type.Number(), { minItems: 1, maxItems: 4 }),
    /** Divided by after subtraction, one number a channel. */
    image_std: Type.Array(Type.Number(), { minItems: 1, maxItems: 4 }),
    channel_order: Type.Union([Type.Literal('RGB'), Type.Literal('BGR'), Type.Literal('GRAY')]),
    /** Where the channel axis stands in the model's input. */
    data_format: Type.Union([Type.Literal('channels_last'), Type.Literal('channels_first')]),
  },
  { additionalProperties: false },
);

export type Preprocessing = Static<typeof PreprocessingSchema>;
export type Resample = Preprocessing['resample'];
