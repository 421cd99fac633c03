/** Known deviations of other libraries from their own documentation, each with a name that the affected calls carry. */
export type PeerFault = 'Resize to the same size' | 'matMul of batches that repeat';

export const PEER_FAULTS: Readonly<Record<PeerFault, string>> = {
  'Resize to the same size':
    'ONNX Runtime copies an image whose sizes stay, though scales that are not whole move its pixels (upsample.cc, no_scale)',
  'matMul of batches that repeat':
    'TensorFlow.js counts all batches as one, so an axis of 1 behind another one repeats in the wrong order (BatchMatMul.js); ONNX Runtime has these',
};
