import { useEffect, useState } from 'react';
import type { Picture } from './pictures.ts';
import { usePreview } from './queries.ts';

/** No browser but Safari shows TIFF. */
const isTiff = ({ file }: Picture) => /\.tiff?$/i.test(file.name) || file.type === 'image/tiff';

/**
 * Address under which a picture can be shown: the file itself, or where the browser cannot, the server's PNG of it.
 * `failure` is set where there is nothing to show.
 */
export function useShownUrl(picture: Picture) {
  const [isUnshowable, setUnshowable] = useState(isTiff(picture));
  const { data: preview, error: failure } = usePreview(picture, isUnshowable);
  const [previewUrl, setPreviewUrl] = useState<string>();
  useEffect(() => {
    if (!preview) return;
    const url = URL.createObjectURL(preview);
    setPreviewUrl(url);
    return () => URL.revokeObjectURL(url);
  }, [preview]);
  return {
    url: isUnshowable ? previewUrl : picture.url,
    failure,
    markUnshowable: () => setUnshowable(true),
  };
}
