//go:build !purego

#include "textflag.h"

// The algorithm is that of John Keiser and Daniel Lemire, "Validating UTF-8 in less than one
// instruction per byte" (2021). Each pair of neighbouring bytes is looked up in three tables, by the
// high and the low half of the first byte and the high half of the second one. Each table has a bit
// for each way in which a pair can be wrong, and a bit that all three have is a fault:
//
//	01  a lead, then no continuation       08  beyond U+10FFFF: F4 or more, then 90 or more
//	02  ASCII, then a continuation         10  a surrogate: ED, then A0 or more
//	04  overlong: E0, then less than A0    20  overlong: C0 or C1, then a continuation
//	40  beyond U+10FFFF: F5 or more, then 8x; and overlong: F0, then 8x
//	80  two continuations: right exactly if E0 or more is two bytes before the second one,
//	    or F0 or more is three before it
DATA tables<>+0x00(SB)/8, $0x0202020202020202 // by the high half of the first byte
DATA tables<>+0x08(SB)/8, $0x4915012180808080
DATA tables<>+0x10(SB)/8, $0xCBCBCB8B8383A3E7 // by its low half
DATA tables<>+0x18(SB)/8, $0xCBCBDBCBCBCBCBCB
DATA tables<>+0x20(SB)/8, $0x0101010101010101 // by the high half of the second byte
DATA tables<>+0x28(SB)/8, $0x01010101BABAAEE6
DATA tables<>+0x30(SB)/8, $0x0F0F0F0F0F0F0F0F // the low half of a byte
DATA tables<>+0x38(SB)/8, $0x0F0F0F0F0F0F0F0F
DATA tables<>+0x40(SB)/8, $0x6060606060606060 // less than this below E0, the top bit is clear
DATA tables<>+0x48(SB)/8, $0x6060606060606060
DATA tables<>+0x50(SB)/8, $0x7070707070707070 // the same below F0
DATA tables<>+0x58(SB)/8, $0x7070707070707070
DATA tables<>+0x60(SB)/8, $0x8080808080808080 // the bit of two continuations
DATA tables<>+0x68(SB)/8, $0x8080808080808080
GLOBL tables<>(SB), RODATA|NOPTR, $0x70

// CHECK adds the faults of a block to ERR. ONE, TWO and THREE are the bytes that stand so many
// before those of IN; all four are written over. The other registers are the tables.
#define CHECK(IN, ONE, TWO, THREE, T, ERR, HIGH1, LOW1, HIGH2, HALF, E0, F0, TOP) \
	VPSRLW   $4, ONE, T        \
	VPAND    HALF, T, T        \
	VPSHUFB  T, HIGH1, T       \
	VPAND    HALF, ONE, ONE    \
	VPSHUFB  ONE, LOW1, ONE    \
	VPAND    ONE, T, T         \
	VPSRLW   $4, IN, IN        \
	VPAND    HALF, IN, IN      \
	VPSHUFB  IN, HIGH2, IN     \
	VPAND    IN, T, T          \
	VPSUBUSB E0, TWO, TWO      \
	VPSUBUSB F0, THREE, THREE  \
	VPOR     TWO, THREE, THREE \
	VPAND    TOP, THREE, THREE \
	VPXOR    THREE, T, T       \
	VPOR     T, ERR, ERR

#define CHECK32 CHECK(Y0, Y1, Y2, Y3, Y4, Y5, Y9, Y10, Y11, Y12, Y13, Y14, Y15)
#define CHECK16 CHECK(X0, X1, X2, X3, X4, X5, X9, X10, X11, X12, X13, X14, X15)

// func lookup32(p *byte, n int) bool
//
// The last block overlaps the one before it, so that nothing is read that is not text.
TEXT ·lookup32(SB), NOSPLIT, $0-17
	MOVQ           p+0(FP), SI
	MOVQ           n+8(FP), DX
	LEAQ           -32(SI)(DX*1), DI    // the last block
	VBROADCASTI128 tables<>+0x00(SB), Y9
	VBROADCASTI128 tables<>+0x10(SB), Y10
	VBROADCASTI128 tables<>+0x20(SB), Y11
	VBROADCASTI128 tables<>+0x30(SB), Y12
	VBROADCASTI128 tables<>+0x40(SB), Y13
	VBROADCASTI128 tables<>+0x50(SB), Y14
	VBROADCASTI128 tables<>+0x60(SB), Y15
	VPXOR          Y5, Y5, Y5

	// Zeros stand before the first block.
	VMOVDQU    (SI), Y0
	VPMOVMSKB  Y0, R8
	VPERM2I128 $0x08, Y0, Y0, Y4
	VPALIGNR   $15, Y4, Y0, Y1
	VPALIGNR   $14, Y4, Y0, Y2
	VPALIGNR   $13, Y4, Y0, Y3
	CHECK32

loop:
	ADDQ $32, SI
	CMPQ SI, DI
	JAE  last

	// ASCII behind a block of ASCII is right. R8 has a bit for each other byte of the block before.
	VMOVDQU   (SI), Y0
	VPMOVMSKB Y0, AX
	ORL       AX, R8
	MOVL      AX, R8
	JZ        loop
	VMOVDQU   -1(SI), Y1
	VMOVDQU   -2(SI), Y2
	VMOVDQU   -3(SI), Y3
	CHECK32
	JMP       loop

last:
	VMOVDQU (DI), Y0
	VMOVDQU -1(DI), Y1
	VMOVDQU -2(DI), Y2
	VMOVDQU -3(DI), Y3
	CHECK32
	VPTEST  Y5, Y5
	SETEQ   ret+16(FP)
	VZEROUPPER
	RET

// func lookup16(p *byte, n int) bool
//
// This is lookup32 with half the width, for texts that are too short to skip any of it.
TEXT ·lookup16(SB), NOSPLIT, $0-17
	MOVQ    p+0(FP), SI
	MOVQ    n+8(FP), DX
	LEAQ    -16(SI)(DX*1), DI
	VMOVDQU tables<>+0x00(SB), X9
	VMOVDQU tables<>+0x10(SB), X10
	VMOVDQU tables<>+0x20(SB), X11
	VMOVDQU tables<>+0x30(SB), X12
	VMOVDQU tables<>+0x40(SB), X13
	VMOVDQU tables<>+0x50(SB), X14
	VMOVDQU tables<>+0x60(SB), X15
	VPXOR   X5, X5, X5
	VMOVDQU (SI), X0
	VPSLLDQ $1, X0, X1
	VPSLLDQ $2, X0, X2
	VPSLLDQ $3, X0, X3
	CHECK16

loop:
	ADDQ    $16, SI
	CMPQ    SI, DI
	CMOVQCC DI, SI
	VMOVDQU (SI), X0
	VMOVDQU -1(SI), X1
	VMOVDQU -2(SI), X2
	VMOVDQU -3(SI), X3
	CHECK16
	CMPQ    SI, DI
	JB      loop
	VPTEST  X5, X5
	SETEQ   ret+16(FP)
	VZEROUPPER
	RET

// func avx2() bool
TEXT ·avx2(SB), NOSPLIT, $0-1
	MOVB   $0, ret+0(FP)
	MOVL   $0, AX
	CPUID
	CMPL   AX, $7
	JB     done
	MOVL   $1, AX
	MOVL   $0, CX
	CPUID
	ANDL   $(3<<27), CX // AVX, and the system says by XGETBV which registers it keeps
	CMPL   CX, $(3<<27)
	JNE    done
	MOVL   $0, CX
	XGETBV
	ANDL   $6, AX       // both halves of the vector registers
	CMPL   AX, $6
	JNE    done
	MOVL   $7, AX
	MOVL   $0, CX
	CPUID
	BTL    $5, BX
	SETCS  ret+0(FP)

done:
	RET
