	.file	"<string>"
	.section	.ltext,"axl",@progbits
	.globl	_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.p2align	4
	.type	_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE,@function
_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$296, %rsp
	.cfi_def_cfa_offset 352
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	movq	%rdi, %r14
	movq	408(%rsp), %rdi
	movq	648(%rsp), %rbp
	movq	552(%rsp), %r15
	movq	480(%rsp), %r13
	movq	368(%rsp), %r12
	movabsq	$NRT_incref, %rbx
	movq	%rsi, 16(%rsp)
	callq	*%rbx
	movq	%r13, %rdi
	callq	*%rbx
	movq	%r15, %rdi
	callq	*%rbx
	movq	%rbp, %rdi
	callq	*%rbx
	movq	704(%rsp), %rdi
	callq	*%rbx
	movq	776(%rsp), %rdi
	callq	*%rbx
	testq	%r12, %r12
	je	.LBB0_106
	movq	%r12, %rax
	shrq	$32, %rax
	movq	%r14, 104(%rsp)
	testq	%rax, %rax
	je	.LBB0_6
	je	.LBB0_5
	movq	368(%rsp), %r12
	movl	$16384, %eax
	xorl	%edx, %edx
	idivq	%r12
	jmp	.LBB0_7
.LBB0_5:
	movq	368(%rsp), %r12
.LBB0_6:
	movl	$16384, %eax
	xorl	%edx, %edx
	divl	%r12d
.LBB0_7:
	testq	%r12, %r12
	movl	$1, %r13d
	movabsq	$NRT_MemInfo_alloc_aligned, %r15
	movl	$384, %edi
	movl	$32, %esi
	sets	%cl
	testq	%rdx, %rdx
	setne	%dl
	andb	%cl, %dl
	movzbl	%dl, %ecx
	subq	%rcx, %rax
	cmpq	$2, %rax
	cmovgeq	%rax, %r13
	callq	*%r15
	testq	%rax, %rax
	je	.LBB0_107
	movq	520(%rsp), %rbx
	movabsq	$NRT_decref, %r12
	movq	%rax, %rbp
	testq	%rbx, %rbx
	js	.LBB0_109
	movq	%rbx, %rax
	shrq	$60, %rax
	jne	.LBB0_110
	movq	24(%rbp), %rax
	leaq	(,%rbx,8), %r14
	movl	$32, %esi
	movq	%r14, %rdi
	movq	%rax, 32(%rsp)
	callq	*%r15
	testq	%rax, %rax
	je	.LBB0_111
	movq	24(%rax), %rdi
	movq	%rax, 96(%rsp)
	movabsq	$memset, %rax
	xorl	%esi, %esi
	movq	%r14, %rdx
	movq	%rdi, 200(%rsp)
	callq	*%rax
	movq	%rbp, %rdi
	callq	*%r12
	movq	368(%rsp), %rsi
	testq	%rbx, %rbx
	je	.LBB0_104
	xorl	%edi, %edi
	testb	$63, %bl
	setne	%dil
	shrq	$6, %rbx
	addq	%rbx, %rdi
	je	.LBB0_104
	movq	360(%rsp), %r8
	testq	%r8, %r8
	jle	.LBB0_104
	movq	%r8, %rax
	movabsq	$-4294967296, %rcx
	orq	%r13, %rax
	testq	%rcx, %rax
	je	.LBB0_17
	shrq	$32, %rax
	je	.LBB0_17
	movq	%r8, %rax
	xorl	%edx, %edx
	divq	%r13
	jmp	.LBB0_18
.LBB0_17:
	movl	%r8d, %eax
	xorl	%edx, %edx
	divl	%r13d
.LBB0_18:
	movq	520(%rsp), %rcx
	cmpq	$1, %rdx
	sbbq	$-1, %rax
	movq	%rax, 112(%rsp)
	testq	%rax, %rax
	jle	.LBB0_104
	movq	600(%rsp), %r9
	movq	32(%rsp), %rbx
	movq	392(%rsp), %r10
	movq	752(%rsp), %r11
	movq	%r13, %r15
	shlq	$6, %r15
	xorl	%r14d, %r14d
	movq	%r13, 160(%rsp)
	movq	%r15, 152(%rsp)
	movq	%r9, %rax
	sarq	$63, %rax
	movl	%ebx, %edx
	negl	%edx
	andnq	%r9, %rax, %rax
	andl	$63, %edx
	leaq	(,%r9,8), %r9
	movq	%rax, 32(%rsp)
	movq	456(%rsp), %rax
	addq	%rbx, %rdx
	movq	%r10, %rbx
	shlq	$4, %rbx
	movq	%rbx, 88(%rsp)
	negq	%rbx
	movq	%r9, 192(%rsp)
	xorl	%r9d, %r9d
	movq	%rbx, 80(%rsp)
	leaq	(,%r11,4), %rbx
	movq	%rbx, 184(%rsp)
	leaq	(,%rax,8), %rax
	movq	%rax, 64(%rsp)
	jmp	.LBB0_21
	.p2align	4
.LBB0_20:
	movq	128(%rsp), %rdi
	movq	120(%rsp), %r9
	leaq	-1(%rdi), %rax
	cmpq	$1, %rdi
	movq	%rax, %rdi
	jle	.LBB0_104
.LBB0_21:
	leaq	64(%r9), %rax
	movq	%rdi, 128(%rsp)
	movq	%r9, 144(%rsp)
	cmpq	%rax, %rcx
	movq	%rax, 120(%rsp)
	cmovlq	%rcx, %rax
	subq	%r9, %rax
	testq	%rax, %rax
	cmovleq	%r14, %rax
	movq	%rax, 136(%rsp)
	jle	.LBB0_20
	movq	112(%rsp), %rax
	xorl	%edi, %edi
	movq	$0, 48(%rsp)
	jmp	.LBB0_24
	.p2align	4
.LBB0_23:
	movq	48(%rsp), %rdi
	movq	176(%rsp), %r8
	movq	160(%rsp), %r13
	addq	152(%rsp), %rdi
	leaq	-1(%r8), %rax
	movq	%rdi, 48(%rsp)
	movq	168(%rsp), %rdi
	cmpq	$1, %r8
	movq	360(%rsp), %r8
	jle	.LBB0_20
.LBB0_24:
	leaq	(%rdi,%r13), %r9
	movq	%rax, 176(%rsp)
	movq	%rdi, 216(%rsp)
	cmpq	%r9, %r8
	movq	%r9, 168(%rsp)
	cmovlq	%r8, %r9
	subq	%rdi, %r9
	testq	%r9, %r9
	cmovleq	%r14, %r9
	movq	%r9, 208(%rsp)
	jle	.LBB0_23
	movq	136(%rsp), %rax
	movq	144(%rsp), %r8
	jmp	.LBB0_27
	.p2align	4
.LBB0_26:
	movq	248(%rsp), %rax
	movq	240(%rsp), %rcx
	movq	264(%rsp), %r8
	movq	224(%rsp), %rdi
	movq	%rbp, (%rcx,%rax,8)
	movq	232(%rsp), %rax
	incq	%r8
	cmpq	$1, 272(%rsp)
	movq	520(%rsp), %rcx
	movq	%r13, (%rdi,%rax,8)
	movq	256(%rsp), %rax
	jle	.LBB0_23
.LBB0_27:
	movq	%rax, 272(%rsp)
	decq	%rax
	movq	%r8, %rbx
	sarq	$63, %rbx
	movq	184(%rsp), %r15
	movq	%r8, %r9
	movq	%r9, 264(%rsp)
	movq	%rax, 256(%rsp)
	movq	680(%rsp), %rax
	movq	%rbx, %rdi
	andq	688(%rsp), %rdi
	leaq	(%rax,%r8,8), %rax
	movq	%rdi, 248(%rsp)
	movq	(%rax,%rdi,8), %rbp
	movq	%rbx, %rdi
	andq	%rcx, %rdi
	movq	%rbx, %rcx
	andq	744(%rsp), %rcx
	movq	%rax, 240(%rsp)
	movq	200(%rsp), %rax
	movq	%rdi, 232(%rsp)
	addq	%r8, %rcx
	leaq	(%rax,%r8,8), %rax
	imulq	%rcx, %r15
	imulq	%r11, %rcx
	movq	736(%rsp), %r11
	movq	(%rax,%rdi,8), %r13
	movq	808(%rsp), %rdi
	movq	%rax, 224(%rsp)
	movq	%r8, %rax
	imulq	528(%rsp), %rax
	addq	512(%rsp), %rax
	leaq	(%r11,%rcx,4), %rcx
	movq	%r11, %r8
	addq	%r8, %r15
	movq	%r15, 280(%rsp)
	movq	%rcx, 8(%rsp)
	movq	%rbx, %rcx
	andq	816(%rsp), %rcx
	andq	592(%rsp), %rbx
	addq	%r9, %rcx
	addq	%r9, %rbx
	movq	192(%rsp), %r9
	imulq	824(%rsp), %rcx
	imulq	%rbx, %r9
	addq	584(%rsp), %r9
	imulq	600(%rsp), %rbx
	leaq	(%rdi,%rcx,4), %rcx
	movq	48(%rsp), %rdi
	movq	%rcx, 24(%rsp)
	movq	208(%rsp), %rcx
	movq	%r9, 16(%rsp)
	movq	216(%rsp), %r9
	movq	%rbx, 56(%rsp)
	movq	%rdi, 40(%rsp)
	jmp	.LBB0_30
	.p2align	4
.LBB0_28:
	movq	752(%rsp), %r11
	movq	72(%rsp), %r15
.LBB0_29:
	movq	288(%rsp), %r9
	addq	$64, 40(%rsp)
	leaq	-1(%r15), %rcx
	incq	%r9
	cmpq	$1, %r15
	jle	.LBB0_26
.LBB0_30:
	movq	%r9, %r15
	imulq	%rsi, %r15
	addq	352(%rsp), %r15
	movq	%rcx, 72(%rsp)
	cmpq	$5, %r10
	jge	.LBB0_86
	movq	400(%rsp), %r11
	vpxor	%xmm0, %xmm0, %xmm0
	testq	%r10, %r10
	jle	.LBB0_34
	movl	$240, %ecx
	movq	%r10, %rdi
	vpxor	%xmm1, %xmm1, %xmm1
	.p2align	4
.LBB0_33:
	vbroadcasti128	-240(%rax,%rcx), %ymm2
	vbroadcasti128	-224(%rax,%rcx), %ymm4
	vbroadcasti128	-192(%rax,%rcx), %ymm6
	vbroadcasti128	(%rax,%rcx), %ymm8
	vpshufb	-960(%r15,%rcx,4), %ymm2, %ymm3
	vpshufb	-896(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-928(%r15,%rcx,4), %ymm2, %ymm2
	vpshufb	-864(%r15,%rcx,4), %ymm4, %ymm4
	vpshufb	-768(%r15,%rcx,4), %ymm6, %ymm7
	vpaddb	%ymm2, %ymm4, %ymm2
	vbroadcasti128	-208(%rax,%rcx), %ymm4
	vpaddb	%ymm3, %ymm5, %ymm3
	vpshufb	-832(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-800(%r15,%rcx,4), %ymm4, %ymm4
	vpaddb	%ymm7, %ymm5, %ymm5
	vpaddb	%ymm5, %ymm3, %ymm3
	vpshufb	-736(%r15,%rcx,4), %ymm6, %ymm5
	vbroadcasti128	-160(%rax,%rcx), %ymm6
	vpshufb	-640(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-608(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm5, %ymm4, %ymm4
	vpaddb	%ymm4, %ymm2, %ymm2
	vbroadcasti128	-176(%rax,%rcx), %ymm4
	vpshufb	-704(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-672(%r15,%rcx,4), %ymm4, %ymm4
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-144(%rax,%rcx), %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-576(%r15,%rcx,4), %ymm6, %ymm7
	vpaddb	%ymm7, %ymm5, %ymm5
	vpaddb	%ymm5, %ymm3, %ymm3
	vpshufb	-544(%r15,%rcx,4), %ymm6, %ymm5
	vbroadcasti128	-112(%rax,%rcx), %ymm6
	vpshufb	-448(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-416(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm5, %ymm4, %ymm4
	vpaddb	%ymm4, %ymm2, %ymm2
	vbroadcasti128	-128(%rax,%rcx), %ymm4
	vpshufb	-512(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-480(%r15,%rcx,4), %ymm4, %ymm4
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-96(%rax,%rcx), %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-384(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-352(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-80(%rax,%rcx), %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-320(%r15,%rcx,4), %ymm6, %ymm7
	vpaddb	%ymm7, %ymm5, %ymm5
	vpaddb	%ymm5, %ymm3, %ymm3
	vpshufb	-288(%r15,%rcx,4), %ymm6, %ymm5
	vbroadcasti128	-48(%rax,%rcx), %ymm6
	vpshufb	-192(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-160(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm5, %ymm4, %ymm4
	vpaddb	%ymm4, %ymm2, %ymm2
	vbroadcasti128	-64(%rax,%rcx), %ymm4
	vpshufb	-256(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-224(%r15,%rcx,4), %ymm4, %ymm4
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-32(%rax,%rcx), %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-128(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-96(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-16(%rax,%rcx), %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-64(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-32(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	(%r15,%rcx,4), %ymm8, %ymm7
	vpaddb	%ymm6, %ymm4, %ymm4
	vpaddb	%ymm7, %ymm5, %ymm5
	vpaddb	%ymm5, %ymm3, %ymm3
	vpaddusb	%ymm3, %ymm0, %ymm0
	vpshufb	32(%r15,%rcx,4), %ymm8, %ymm3
	addq	$256, %rcx
	decq	%rdi
	vpaddb	%ymm3, %ymm4, %ymm3
	vpaddb	%ymm3, %ymm2, %ymm2
	vpaddusb	%ymm2, %ymm1, %ymm1
	jne	.LBB0_33
	jmp	.LBB0_35
	.p2align	4
.LBB0_34:
	vpxor	%xmm1, %xmm1, %xmm1
.LBB0_35:
	cmpq	$255, %rbp
	movl	$255, %ecx
	vmovdqa	%ymm0, (%rdx)
	vmovdqa	%ymm1, 32(%rdx)
	cmovlq	%rbp, %rcx
	vmovd	%ecx, %xmm2
	vpbroadcastb	%xmm2, %ymm2
	vpminub	%ymm2, %ymm0, %ymm3
	vpcmpeqb	%ymm3, %ymm0, %ymm0
	vpmovmskb	%ymm0, %ecx
	vpminub	%ymm2, %ymm1, %ymm0
	vpcmpeqb	%ymm0, %ymm1, %ymm0
	vpmovmskb	%ymm0, %edi
	shlq	$32, %rdi
	orq	%rcx, %rdi
	#APP
	#NO_APP
	movq	%r9, 288(%rsp)
	testq	%rdi, %rdi
	je	.LBB0_28
.LBB0_36:
	movq	%r9, %r8
	sarq	$63, %r8
	andq	448(%rsp), %r8
	movq	%r9, %rcx
	shlq	$6, %rcx
	leaq	(%rcx,%r8), %r14
	cmpq	$5, %r10
	jge	.LBB0_89
	cmpb	$0, 624(%rsp)
	je	.LBB0_50
	cmpq	$0, 88(%rsp)
	jle	.LBB0_61
	addq	40(%rsp), %r8
	addq	$448, %r15
	.p2align	4
.LBB0_40:
	tzcntq	%rdi, %r14
	movq	%r14, %r9
	orq	%rcx, %r9
	cmpq	%r11, %r9
	jge	.LBB0_79
	movzbl	(%rdx,%r14), %ebx
	cmpq	$255, %rbx
	je	.LBB0_48
.LBB0_42:
	blsrq	%rdi, %rdi
	cmpq	%rbp, %rbx
	jle	.LBB0_44
.LBB0_43:
	testq	%rdi, %rdi
	jne	.LBB0_40
	jmp	.LBB0_79
.LBB0_44:
	movq	8(%rsp), %r10
	movq	%rbx, %r9
	sarq	$63, %r9
	addq	%r8, %r14
	imulq	64(%rsp), %r14
	incq	%r13
	movq	%r9, %rsi
	andq	752(%rsp), %rsi
	addq	440(%rsp), %r14
	leaq	(%r10,%rbx,4), %r10
	incl	(%r10,%rsi,4)
	xorl	%r10d, %r10d
	.p2align	4
.LBB0_45:
	cmpq	%r10, 32(%rsp)
	je	.LBB0_43
	movq	(%r14,%r10,8), %rsi
	movq	16(%rsp), %r12
	leaq	1(%r10), %r11
	testq	%rsi, (%r12,%r10,8)
	movq	%r11, %r10
	movq	400(%rsp), %r11
	je	.LBB0_45
	movq	24(%rsp), %rsi
	andq	824(%rsp), %r9
	leaq	(%rsi,%rbx,4), %rsi
	incl	(%rsi,%r9,4)
	jmp	.LBB0_43
.LBB0_48:
	movq	80(%rsp), %r9
	leaq	(%r15,%r14), %r10
	xorl	%r12d, %r12d
	xorl	%ebx, %ebx
	.p2align	4
.LBB0_49:
	movzbl	-448(%r10,%r12,4), %esi
	movzbl	-320(%r10,%r12,4), %r11d
	addq	%rax, %rsi
	addq	%rax, %r11
	movzbl	(%r12,%rsi), %esi
	movzbl	32(%r12,%r11), %r11d
	addq	%rbx, %rsi
	movzbl	-384(%r10,%r12,4), %ebx
	addq	%rax, %rbx
	movzbl	16(%r12,%rbx), %ebx
	addq	%rbx, %r11
	movzbl	-192(%r10,%r12,4), %ebx
	addq	%rsi, %r11
	movzbl	-256(%r10,%r12,4), %esi
	addq	%rax, %rbx
	addq	%rax, %rsi
	movzbl	64(%r12,%rbx), %ebx
	movzbl	48(%r12,%rsi), %esi
	addq	%rsi, %rbx
	movzbl	-128(%r10,%r12,4), %esi
	addq	%rax, %rsi
	movzbl	80(%r12,%rsi), %esi
	addq	%rbx, %rsi
	movzbl	(%r10,%r12,4), %ebx
	addq	%r11, %rsi
	movzbl	-64(%r10,%r12,4), %r11d
	addq	%rax, %rbx
	addq	%rax, %r11
	movzbl	112(%r12,%rbx), %ebx
	movzbl	96(%r12,%r11), %r11d
	subq	$-128, %r12
	addq	%r11, %rbx
	movq	400(%rsp), %r11
	addq	%rsi, %rbx
	addq	$8, %r9
	jne	.LBB0_49
	jmp	.LBB0_42
	.p2align	4
.LBB0_50:
	cmpq	$0, 88(%rsp)
	jle	.LBB0_75
	addq	$448, %r15
	.p2align	4
.LBB0_52:
	tzcntq	%rdi, %r8
	movq	%r8, %rsi
	orq	%rcx, %rsi
	cmpq	%r11, %rsi
	jge	.LBB0_79
	movzbl	(%rdx,%r8), %ebx
	cmpq	$255, %rbx
	je	.LBB0_59
.LBB0_54:
	blsrq	%rdi, %rdi
	cmpq	%rbp, %rbx
	jle	.LBB0_56
	testq	%rdi, %rdi
	jne	.LBB0_52
	jmp	.LBB0_79
.LBB0_56:
	movq	8(%rsp), %r10
	movq	%rbx, %r9
	sarq	$63, %r9
	addq	%r14, %r8
	imulq	456(%rsp), %r8
	movq	440(%rsp), %r12
	movq	%r9, %rsi
	andq	752(%rsp), %rsi
	leaq	(%r10,%rbx,4), %r10
	incl	(%r10,%rsi,4)
	movq	584(%rsp), %rsi
	movq	56(%rsp), %r10
	movq	(%rsi,%r10,8), %rsi
	cmpq	(%r12,%r8,8), %rsi
	jne	.LBB0_58
	movq	24(%rsp), %rsi
	andq	824(%rsp), %r9
	leaq	(%rsi,%rbx,4), %rsi
	incl	(%rsi,%r9,4)
.LBB0_58:
	incq	%r13
	testq	%rdi, %rdi
	jne	.LBB0_52
	jmp	.LBB0_79
.LBB0_59:
	movq	80(%rsp), %r9
	leaq	(%r15,%r8), %r10
	xorl	%r12d, %r12d
	xorl	%ebx, %ebx
	.p2align	4
.LBB0_60:
	movzbl	-448(%r10,%r12,4), %esi
	movzbl	-384(%r10,%r12,4), %r11d
	addq	%rax, %rsi
	addq	%rax, %r11
	movzbl	(%r12,%rsi), %esi
	movzbl	16(%r12,%r11), %r11d
	addq	%rbx, %rsi
	movzbl	-320(%r10,%r12,4), %ebx
	addq	%rax, %rbx
	movzbl	32(%r12,%rbx), %ebx
	addq	%r11, %rbx
	movzbl	-192(%r10,%r12,4), %r11d
	addq	%rsi, %rbx
	movzbl	-256(%r10,%r12,4), %esi
	addq	%rax, %r11
	addq	%rax, %rsi
	movzbl	64(%r12,%r11), %r11d
	movzbl	48(%r12,%rsi), %esi
	addq	%rsi, %r11
	movzbl	-128(%r10,%r12,4), %esi
	addq	%rax, %rsi
	movzbl	80(%r12,%rsi), %esi
	addq	%r11, %rsi
	movzbl	-64(%r10,%r12,4), %r11d
	addq	%rbx, %rsi
	movzbl	(%r10,%r12,4), %ebx
	addq	%rax, %r11
	addq	%rax, %rbx
	movzbl	96(%r12,%r11), %r11d
	movzbl	112(%r12,%rbx), %ebx
	subq	$-128, %r12
	addq	%r11, %rbx
	movq	400(%rsp), %r11
	addq	%rsi, %rbx
	addq	$8, %r9
	jne	.LBB0_60
	jmp	.LBB0_54
.LBB0_61:
	addq	40(%rsp), %r8
	.p2align	4
.LBB0_62:
	tzcntq	%rdi, %r9
	movq	%r9, %r10
	orq	%rcx, %r10
	cmpq	%r11, %r10
	jge	.LBB0_79
	movzbl	(%rdx,%r9), %r10d
	cmpq	$255, %r10
	je	.LBB0_66
	blsrq	%rdi, %rdi
	cmpq	%rbp, %r10
	jle	.LBB0_67
.LBB0_65:
	testq	%rdi, %rdi
	jne	.LBB0_62
	jmp	.LBB0_79
.LBB0_66:
	xorl	%r10d, %r10d
	blsrq	%rdi, %rdi
	cmpq	%rbp, %r10
	jg	.LBB0_65
.LBB0_67:
	movq	8(%rsp), %rsi
	addq	%r8, %r9
	imulq	64(%rsp), %r9
	incq	%r13
	xorl	%ebx, %ebx
	addq	440(%rsp), %r9
	incl	(%rsi,%r10,4)
	.p2align	4
.LBB0_68:
	cmpq	%rbx, 32(%rsp)
	je	.LBB0_65
	movq	(%r9,%rbx,8), %r14
	movq	16(%rsp), %rsi
	leaq	1(%rbx), %r15
	testq	%r14, (%rsi,%rbx,8)
	movq	%r15, %rbx
	je	.LBB0_68
	movq	24(%rsp), %rsi
	incl	(%rsi,%r10,4)
	jmp	.LBB0_65
.LBB0_74:
	incq	%r13
	testq	%rdi, %rdi
	je	.LBB0_79
	.p2align	4
.LBB0_75:
	tzcntq	%rdi, %r8
	movq	%r8, %rsi
	orq	%rcx, %rsi
	cmpq	%r11, %rsi
	jge	.LBB0_79
	movzbl	(%rdx,%r8), %r9d
	cmpq	$255, %r9
	je	.LBB0_71
	blsrq	%rdi, %rdi
	cmpq	%rbp, %r9
	jle	.LBB0_72
.LBB0_78:
	testq	%rdi, %rdi
	jne	.LBB0_75
	jmp	.LBB0_79
.LBB0_71:
	xorl	%r9d, %r9d
	blsrq	%rdi, %rdi
	cmpq	%rbp, %r9
	jg	.LBB0_78
.LBB0_72:
	movq	8(%rsp), %rsi
	movq	584(%rsp), %rbx
	movq	56(%rsp), %r10
	addq	%r14, %r8
	imulq	456(%rsp), %r8
	incl	(%rsi,%r9,4)
	movq	(%rbx,%r10,8), %rsi
	movq	440(%rsp), %rbx
	cmpq	(%rbx,%r8,8), %rsi
	jne	.LBB0_74
	movq	24(%rsp), %rsi
	incl	(%rsi,%r9,4)
	jmp	.LBB0_74
.LBB0_86:
	movq	400(%rsp), %r11
	movl	$240, %ecx
	vpxor	%xmm1, %xmm1, %xmm1
	movq	%r10, %rdi
	vpxor	%xmm3, %xmm3, %xmm3
	vpxor	%xmm0, %xmm0, %xmm0
	vpxor	%xmm2, %xmm2, %xmm2
	.p2align	4
.LBB0_87:
	vbroadcasti128	-240(%rax,%rcx), %ymm4
	vbroadcasti128	-224(%rax,%rcx), %ymm6
	vbroadcasti128	-192(%rax,%rcx), %ymm8
	vpshufb	-960(%r15,%rcx,4), %ymm4, %ymm5
	vpshufb	-896(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-928(%r15,%rcx,4), %ymm4, %ymm4
	vpshufb	-864(%r15,%rcx,4), %ymm6, %ymm6
	vpshufb	-768(%r15,%rcx,4), %ymm8, %ymm9
	vpaddb	%ymm4, %ymm6, %ymm4
	vbroadcasti128	-208(%rax,%rcx), %ymm6
	vpaddb	%ymm5, %ymm7, %ymm5
	vpshufb	-832(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-800(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm7, %ymm9, %ymm7
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-736(%r15,%rcx,4), %ymm8, %ymm7
	vbroadcasti128	-160(%rax,%rcx), %ymm8
	vpshufb	-640(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-608(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm7, %ymm6, %ymm6
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-176(%rax,%rcx), %ymm6
	vpshufb	-704(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-672(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	-144(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	-576(%r15,%rcx,4), %ymm8, %ymm9
	vpaddb	%ymm7, %ymm9, %ymm7
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-544(%r15,%rcx,4), %ymm8, %ymm7
	vbroadcasti128	-112(%rax,%rcx), %ymm8
	vpshufb	-448(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-416(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm7, %ymm6, %ymm6
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-128(%rax,%rcx), %ymm6
	vpshufb	-512(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-480(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	-96(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	-384(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-352(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	-80(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	-320(%r15,%rcx,4), %ymm8, %ymm9
	vpaddb	%ymm7, %ymm9, %ymm7
	vpaddb	%ymm7, %ymm5, %ymm5
	vpshufb	-288(%r15,%rcx,4), %ymm8, %ymm7
	vbroadcasti128	-48(%rax,%rcx), %ymm8
	vpshufb	-192(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-160(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm7, %ymm6, %ymm6
	vpaddb	%ymm6, %ymm4, %ymm4
	vbroadcasti128	-64(%rax,%rcx), %ymm6
	vpshufb	-256(%r15,%rcx,4), %ymm6, %ymm7
	vpshufb	-224(%r15,%rcx,4), %ymm6, %ymm6
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	-32(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	-128(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-96(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	-16(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	-64(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	-32(%r15,%rcx,4), %ymm8, %ymm8
	vpaddb	%ymm6, %ymm8, %ymm6
	vbroadcasti128	(%rax,%rcx), %ymm8
	vpaddb	%ymm7, %ymm9, %ymm7
	vpshufb	(%r15,%rcx,4), %ymm8, %ymm9
	vpshufb	32(%r15,%rcx,4), %ymm8, %ymm8
	addq	$256, %rcx
	decq	%rdi
	vpaddb	%ymm7, %ymm9, %ymm7
	vpaddb	%ymm6, %ymm8, %ymm6
	vpaddb	%ymm7, %ymm5, %ymm5
	vpaddb	%ymm6, %ymm4, %ymm4
	vpmovzxbw	%xmm5, %ymm6
	vextracti128	$1, %ymm5, %xmm5
	vpaddusw	%ymm6, %ymm1, %ymm1
	vpmovzxbw	%xmm4, %ymm6
	vextracti128	$1, %ymm4, %xmm4
	vpmovzxbw	%xmm5, %ymm5
	vpmovzxbw	%xmm4, %ymm4
	vpaddusw	%ymm5, %ymm3, %ymm3
	vpaddusw	%ymm6, %ymm0, %ymm0
	vpaddusw	%ymm4, %ymm2, %ymm2
	jne	.LBB0_87
	cmpq	$65535, %rbp
	movl	$65535, %ecx
	vmovdqa	%ymm1, (%rdx)
	vmovdqa	%ymm3, 32(%rdx)
	vmovdqa	%ymm0, 64(%rdx)
	vmovdqa	%ymm2, 96(%rdx)
	cmovlq	%rbp, %rcx
	vmovd	%ecx, %xmm4
	vpbroadcastw	%xmm4, %ymm4
	vpminuw	%ymm4, %ymm3, %ymm5
	vpminuw	%ymm4, %ymm1, %ymm6
	vpcmpeqw	%ymm5, %ymm3, %ymm3
	vpcmpeqw	%ymm6, %ymm1, %ymm1
	vpacksswb	%ymm3, %ymm1, %ymm1
	vpminuw	%ymm4, %ymm0, %ymm3
	vpermq	$216, %ymm1, %ymm1
	vpcmpeqw	%ymm3, %ymm0, %ymm0
	vpmovmskb	%ymm1, %ecx
	vpminuw	%ymm4, %ymm2, %ymm1
	vpcmpeqw	%ymm1, %ymm2, %ymm1
	vpacksswb	%ymm1, %ymm0, %ymm0
	vpermq	$216, %ymm0, %ymm0
	vpmovmskb	%ymm0, %edi
	shlq	$32, %rdi
	orq	%rcx, %rdi
	#APP
	#NO_APP
	movq	%r9, 288(%rsp)
	testq	%rdi, %rdi
	jne	.LBB0_36
	jmp	.LBB0_28
.LBB0_89:
	cmpb	$0, 624(%rsp)
	je	.LBB0_101
	addq	40(%rsp), %r8
	.p2align	4
.LBB0_91:
	tzcntq	%rdi, %r9
	movq	%r9, %r10
	orq	%rcx, %r10
	cmpq	%r11, %r10
	jge	.LBB0_79
	movzwl	(%rdx,%r9,2), %r10d
	blsrq	%rdi, %rdi
	cmpq	%r10, %rbp
	jge	.LBB0_94
.LBB0_93:
	testq	%rdi, %rdi
	jne	.LBB0_91
	jmp	.LBB0_79
.LBB0_94:
	movq	8(%rsp), %rsi
	addq	%r8, %r9
	imulq	64(%rsp), %r9
	incq	%r13
	xorl	%ebx, %ebx
	addq	440(%rsp), %r9
	incl	(%rsi,%r10,4)
	.p2align	4
.LBB0_95:
	cmpq	%rbx, 32(%rsp)
	je	.LBB0_93
	movq	(%r9,%rbx,8), %r14
	movq	16(%rsp), %rsi
	leaq	1(%rbx), %r15
	testq	%r14, (%rsi,%rbx,8)
	movq	%r15, %rbx
	je	.LBB0_95
	movq	24(%rsp), %rsi
	incl	(%rsi,%r10,4)
	jmp	.LBB0_93
.LBB0_100:
	incq	%r13
	testq	%rdi, %rdi
	je	.LBB0_79
	.p2align	4
.LBB0_101:
	tzcntq	%rdi, %r8
	movq	%r8, %r9
	orq	%rcx, %r9
	cmpq	%r11, %r9
	jge	.LBB0_79
	movzwl	(%rdx,%r8,2), %r9d
	blsrq	%rdi, %rdi
	cmpq	%r9, %rbp
	jge	.LBB0_98
	testq	%rdi, %rdi
	jne	.LBB0_101
	jmp	.LBB0_79
.LBB0_98:
	movq	8(%rsp), %rsi
	addq	%r14, %r8
	imulq	456(%rsp), %r8
	movq	584(%rsp), %r15
	movq	56(%rsp), %r10
	movq	440(%rsp), %rbx
	incl	(%rsi,%r9,4)
	movq	(%r15,%r10,8), %r10
	cmpq	(%rbx,%r8,8), %r10
	jne	.LBB0_100
	movq	24(%rsp), %rsi
	incl	(%rsi,%r9,4)
	jmp	.LBB0_100
	.p2align	4
.LBB0_79:
	movq	640(%rsp), %r9
	cmpq	%r9, %rbp
	jle	.LBB0_84
	movq	8(%rsp), %rsi
	movq	752(%rsp), %r11
	movq	%rbp, %rcx
	sarq	$63, %rcx
	movq	632(%rsp), %rbx
	movq	392(%rsp), %r10
	movq	72(%rsp), %r15
	movl	$0, %r14d
	leaq	(%rsi,%rbp,4), %rdi
	andq	%r11, %rcx
	movq	368(%rsp), %rsi
	movslq	(%rdi,%rcx,4), %rcx
	movq	%r13, %rdi
	subq	%rcx, %rdi
	cmpq	%rbx, %rdi
	jl	.LBB0_29
	movq	280(%rsp), %rcx
	leaq	(%rcx,%rbp,4), %rcx
	.p2align	4
.LBB0_82:
	movq	%rbp, %rdi
	sarq	$63, %rdi
	decq	%rbp
	andq	%r11, %rdi
	movslq	(%rcx,%rdi,4), %rdi
	subq	%rdi, %r13
	cmpq	%r9, %rbp
	jle	.LBB0_85
	leaq	1(%rbp), %rdi
	movq	%r13, %r8
	testq	%rdi, %rdi
	movq	%r11, %rdi
	cmovgq	%r14, %rdi
	movslq	-4(%rcx,%rdi,4), %rdi
	addq	$-4, %rcx
	subq	%rdi, %r8
	cmpq	%rbx, %r8
	jge	.LBB0_82
	jmp	.LBB0_29
	.p2align	4
.LBB0_84:
	movq	368(%rsp), %rsi
	movq	392(%rsp), %r10
	movq	752(%rsp), %r11
	movq	72(%rsp), %r15
	xorl	%r14d, %r14d
	jmp	.LBB0_29
.LBB0_85:
	movq	%r9, %rbp
	jmp	.LBB0_29
.LBB0_104:
	movq	96(%rsp), %rdi
	movabsq	$NRT_decref, %rbx
	vzeroupper
	callq	*%rbx
	movq	552(%rsp), %rdi
	callq	*%rbx
	movq	480(%rsp), %rdi
	callq	*%rbx
	movq	648(%rsp), %rdi
	callq	*%rbx
	movq	408(%rsp), %rdi
	callq	*%rbx
	movq	704(%rsp), %rdi
	callq	*%rbx
	movq	776(%rsp), %rdi
	callq	*%rbx
	movq	104(%rsp), %rax
	movq	$0, (%rax)
	xorl	%eax, %eax
.LBB0_105:
	addq	$296, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	retq
.LBB0_106:
	.cfi_def_cfa_offset 352
	movabsq	$.const.picklebuf.140328628885504, %rax
	jmp	.LBB0_108
.LBB0_107:
	movabsq	$.const.picklebuf.140328629953728, %rax
.LBB0_108:
	movq	16(%rsp), %rcx
	movq	%rax, (%rcx)
	movl	$1, %eax
	jmp	.LBB0_105
.LBB0_109:
	movabsq	$.const.picklebuf.140328762168000, %rbx
	jmp	.LBB0_112
.LBB0_110:
	movabsq	$.const.picklebuf.140328630021888, %rbx
	jmp	.LBB0_112
.LBB0_111:
	movabsq	$.const.picklebuf.140328629953728.7, %rbx
.LBB0_112:
	movq	%rbp, %rdi
	callq	*%r12
	movq	16(%rsp), %rax
	movq	%rbx, (%rax)
	movl	$1, %eax
	jmp	.LBB0_105
.Lfunc_end0:
	.size	_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, .Lfunc_end0-_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.cfi_endproc

	.globl	_ZN7cpython9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.p2align	4
	.type	_ZN7cpython9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE,@function
_ZN7cpython9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE:
	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	pushq	%r15
	.cfi_def_cfa_offset 24
	pushq	%r14
	.cfi_def_cfa_offset 32
	pushq	%r13
	.cfi_def_cfa_offset 40
	pushq	%r12
	.cfi_def_cfa_offset 48
	pushq	%rbx
	.cfi_def_cfa_offset 56
	subq	$872, %rsp
	.cfi_def_cfa_offset 928
	.cfi_offset %rbx, -56
	.cfi_offset %r12, -48
	.cfi_offset %r13, -40
	.cfi_offset %r14, -32
	.cfi_offset %r15, -24
	.cfi_offset %rbp, -16
	leaq	224(%rsp), %r11
	movq	%rsi, %rdi
	xorl	%ebx, %ebx
	leaq	232(%rsp), %r14
	leaq	240(%rsp), %r15
	leaq	248(%rsp), %r10
	leaq	256(%rsp), %rbp
	leaq	264(%rsp), %r13
	leaq	272(%rsp), %r12
	movabsq	$.const.scan, %rsi
	movl	$12, %edx
	movl	$12, %ecx
	leaq	312(%rsp), %r8
	leaq	304(%rsp), %r9
	xorl	%eax, %eax
	pushq	%r11
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	pushq	%r10
	.cfi_adjust_cfa_offset 8
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	leaq	336(%rsp), %r10
	pushq	%r10
	.cfi_adjust_cfa_offset 8
	leaq	352(%rsp), %r10
	pushq	%r10
	.cfi_adjust_cfa_offset 8
	leaq	368(%rsp), %r10
	pushq	%r10
	.cfi_adjust_cfa_offset 8
	movabsq	$PyArg_UnpackTuple, %r10
	callq	*%r10
	addq	$80, %rsp
	.cfi_adjust_cfa_offset -80
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 640(%rsp)
	vmovups	%ymm0, 560(%rsp)
	vmovups	%ymm0, 592(%rsp)
	movq	$0, 624(%rsp)
	vmovups	%ymm0, 480(%rsp)
	vmovups	%ymm0, 512(%rsp)
	movq	$0, 544(%rsp)
	vmovups	%ymm0, 400(%rsp)
	vmovups	%ymm0, 432(%rsp)
	movq	$0, 464(%rsp)
	vmovups	%ymm0, 664(%rsp)
	vmovups	%ymm0, 320(%rsp)
	vmovups	%ymm0, 352(%rsp)
	movq	$0, 384(%rsp)
	vmovups	%ymm0, 704(%rsp)
	vmovups	%ymm0, 736(%rsp)
	movq	$0, 768(%rsp)
	movq	$0, 88(%rsp)
	movq	$0, 80(%rsp)
	testl	%eax, %eax
	je	.LBB1_33
	movabsq	$_ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, %rax
	cmpq	$0, (%rax)
	je	.LBB1_36
	movq	312(%rsp), %rdi
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	leaq	800(%rsp), %rsi
	vmovups	%ymm0, 800(%rsp)
	vmovups	%ymm0, 832(%rsp)
	movq	$0, 864(%rsp)
	vzeroupper
	callq	*%rax
	cmpq	$1, 824(%rsp)
	setne	%cl
	testl	%eax, %eax
	setne	%bl
	orb	%cl, %bl
	cmpb	$1, %bl
	je	.LBB1_37
	testb	%bl, %bl
	jne	.LBB1_38
.LBB1_4:
	movq	832(%rsp), %rax
	movq	848(%rsp), %rcx
	movq	304(%rsp), %rdi
	movq	800(%rsp), %r14
	movq	840(%rsp), %r13
	movq	%rax, (%rsp)
	movabsq	$PyNumber_Long, %rax
	movq	%rcx, 208(%rsp)
	callq	*%rax
	movq	%rax, %rbx
	movabsq	$PyLong_AsLongLong, %rax
	movabsq	$Py_DecRef, %r12
	movq	%r13, 216(%rsp)
	testq	%rbx, %rbx
	je	.LBB1_39
	movq	%rbx, %rdi
	movq	%rax, %rbp
	callq	*%rax
	movq	%rbx, %rdi
	movq	%rax, 40(%rsp)
	movq	%r12, %r15
	callq	*%r12
.LBB1_6:
	movabsq	$PyErr_Occurred, %r13
	callq	*%r13
	movq	%r14, %r12
	testq	%rax, %rax
	jne	.LBB1_53
	movq	296(%rsp), %rdi
	movabsq	$PyNumber_Long, %rax
	callq	*%rax
	testq	%rax, %rax
	je	.LBB1_40
	movq	%rax, %rdi
	movq	%rax, %rbx
	callq	*%rbp
	movq	%rbx, %rdi
	movq	%rax, 32(%rsp)
	callq	*%r15
	callq	*%r13
	testq	%rax, %rax
	jne	.LBB1_53
.LBB1_9:
	movq	288(%rsp), %rdi
	leaq	560(%rsp), %rsi
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 560(%rsp)
	vmovups	%ymm0, 592(%rsp)
	movq	$0, 624(%rsp)
	vzeroupper
	callq	*%rax
	cmpq	$8, 584(%rsp)
	setne	%cl
	testl	%eax, %eax
	setne	%bl
	orb	%cl, %bl
	cmpb	$1, %bl
	je	.LBB1_41
	testb	%bl, %bl
	jne	.LBB1_53
.LBB1_11:
	movq	592(%rsp), %rcx
	movq	560(%rsp), %rax
	movq	600(%rsp), %rdx
	movq	280(%rsp), %rdi
	leaq	480(%rsp), %rsi
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 480(%rsp)
	vmovups	%ymm0, 512(%rsp)
	movq	$0, 544(%rsp)
	movq	%rcx, 200(%rsp)
	movq	608(%rsp), %rcx
	movq	%rax, 64(%rsp)
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	movq	%rdx, 192(%rsp)
	movq	%rcx, 184(%rsp)
	vzeroupper
	callq	*%rax
	cmpq	$1, 504(%rsp)
	setne	%cl
	testl	%eax, %eax
	setne	%bl
	orb	%cl, %bl
	jne	.LBB1_42
	testb	%bl, %bl
	jne	.LBB1_52
.LBB1_13:
	movq	480(%rsp), %rax
	movq	520(%rsp), %rdx
	movq	528(%rsp), %rcx
	movq	272(%rsp), %rdi
	movq	512(%rsp), %r14
	leaq	400(%rsp), %rsi
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 400(%rsp)
	vmovups	%ymm0, 432(%rsp)
	movq	$0, 464(%rsp)
	movq	%rax, 56(%rsp)
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	movq	%rdx, 176(%rsp)
	movq	%rcx, 168(%rsp)
	vzeroupper
	callq	*%rax
	cmpq	$8, 424(%rsp)
	setne	%cl
	testl	%eax, %eax
	setne	%bl
	orb	%cl, %bl
	jne	.LBB1_43
	testb	%bl, %bl
	jne	.LBB1_51
.LBB1_15:
	movq	432(%rsp), %rcx
	movq	400(%rsp), %rax
	movq	440(%rsp), %rdx
	movq	264(%rsp), %rdi
	movq	%r14, 160(%rsp)
	movq	%rcx, 152(%rsp)
	movq	448(%rsp), %rcx
	movq	%rax, 48(%rsp)
	movabsq	$PyObject_IsTrue, %rax
	movq	%rdx, 144(%rsp)
	movq	%rcx, 136(%rsp)
	callq	*%rax
	movl	%eax, %r14d
	callq	*%r13
	testq	%rax, %rax
	jne	.LBB1_50
	movq	256(%rsp), %rdi
	movabsq	$PyNumber_Long, %rax
	callq	*%rax
	testq	%rax, %rax
	je	.LBB1_44
	movq	%rax, %rdi
	movq	%rax, %rbx
	callq	*%rbp
	movq	%rbx, %rdi
	movq	%rax, 24(%rsp)
	callq	*%r15
	callq	*%r13
	testq	%rax, %rax
	jne	.LBB1_50
.LBB1_18:
	movq	248(%rsp), %rdi
	movabsq	$PyNumber_Long, %rax
	callq	*%rax
	testq	%rax, %rax
	je	.LBB1_45
	movq	%rax, %rdi
	movq	%rax, %rbx
	callq	*%rbp
	movq	%rbx, %rdi
	movq	%rax, %rbp
	callq	*%r15
	callq	*%r13
	testq	%rax, %rax
	jne	.LBB1_50
.LBB1_20:
	movq	240(%rsp), %rdi
	leaq	640(%rsp), %rsi
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 640(%rsp)
	vmovups	%ymm0, 664(%rsp)
	vzeroupper
	callq	*%rax
	testl	%eax, %eax
	jne	.LBB1_46
	cmpq	$8, 664(%rsp)
	jne	.LBB1_46
	movq	232(%rsp), %rdi
	movq	%r12, 16(%rsp)
	movq	640(%rsp), %r13
	movq	672(%rsp), %r15
	movq	680(%rsp), %r12
	leaq	320(%rsp), %rsi
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 320(%rsp)
	vmovups	%ymm0, 352(%rsp)
	movq	$0, 384(%rsp)
	vzeroupper
	callq	*%rax
	cmpq	$4, 344(%rsp)
	setne	%cl
	testl	%eax, %eax
	setne	%bl
	orb	%cl, %bl
	jne	.LBB1_47
	testb	%bl, %bl
	jne	.LBB1_49
.LBB1_24:
	movq	320(%rsp), %rax
	movq	360(%rsp), %rdx
	movq	368(%rsp), %rcx
	movq	224(%rsp), %rdi
	movq	352(%rsp), %rbx
	leaq	704(%rsp), %rsi
	vxorps	%xmm0, %xmm0, %xmm0
	vmovups	%ymm0, 704(%rsp)
	vmovups	%ymm0, 736(%rsp)
	movq	$0, 768(%rsp)
	movq	%rax, 8(%rsp)
	movabsq	$NRT_adapt_ndarray_from_python, %rax
	movq	%rdx, 128(%rsp)
	movq	%rcx, 120(%rsp)
	vzeroupper
	callq	*%rax
	testl	%eax, %eax
	jne	.LBB1_48
	cmpq	$4, 728(%rsp)
	jne	.LBB1_48
	vmovaps	736(%rsp), %xmm0
	movq	%r15, 96(%rsp)
	movq	704(%rsp), %r15
	movq	%r13, 72(%rsp)
	xorl	%r13d, %r13d
	testl	%r14d, %r14d
	movq	%rbp, %r14
	movq	752(%rsp), %rbp
	movabsq	$PyEval_SaveThread, %rax
	setne	%r13b
	movq	%r15, 104(%rsp)
	vmovaps	%xmm0, 784(%rsp)
	callq	*%rax
	movq	%rax, 112(%rsp)
	movq	$0, 88(%rsp)
	subq	$496, %rsp
	.cfi_adjust_cfa_offset 496
	vmovaps	1280(%rsp), %xmm0
	movq	%rbp, 472(%rsp)
	vmovups	%xmm0, 456(%rsp)
	movq	%r12, 336(%rsp)
	movq	%r14, 288(%rsp)
	movl	%r13d, 272(%rsp)
	movq	%rbx, 384(%rsp)
	movq	%r15, 424(%rsp)
	movq	624(%rsp), %rdi
	movq	592(%rsp), %rsi
	movq	616(%rsp), %rax
	movq	504(%rsp), %r12
	movq	544(%rsp), %r14
	movq	552(%rsp), %rbp
	movq	560(%rsp), %r13
	movq	%rdi, 392(%rsp)
	movq	%rsi, 328(%rsp)
	movq	520(%rsp), %rdi
	movq	632(%rsp), %rsi
	movq	%rax, 400(%rsp)
	movabsq	$_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, %rax
	movq	%r12, 352(%rsp)
	movq	%r14, 200(%rsp)
	movq	%rbp, 128(%rsp)
	movq	%r13, 56(%rsp)
	movq	%rdi, 280(%rsp)
	movq	%rsi, 248(%rsp)
	movq	640(%rsp), %rdi
	movq	648(%rsp), %rsi
	movq	%rdi, 240(%rsp)
	movq	%rsi, 232(%rsp)
	movq	664(%rsp), %rdi
	movq	672(%rsp), %rsi
	movq	%rdi, 176(%rsp)
	movq	%rsi, 168(%rsp)
	movq	656(%rsp), %rdi
	movq	680(%rsp), %rsi
	movq	%rdi, 160(%rsp)
	movq	%rsi, 104(%rsp)
	movq	688(%rsp), %rdi
	movq	696(%rsp), %rsi
	movq	%rdi, 96(%rsp)
	movq	%rsi, 88(%rsp)
	movq	528(%rsp), %rdi
	movq	536(%rsp), %rsi
	movq	%rdi, 48(%rsp)
	movq	%rsi, 40(%rsp)
	movq	568(%rsp), %rdi
	movq	704(%rsp), %rsi
	movq	%rdi, 296(%rsp)
	movq	%rsi, 16(%rsp)
	movq	712(%rsp), %rdi
	movq	496(%rsp), %rsi
	movq	%rdi, 8(%rsp)
	movq	%rsi, (%rsp)
	leaq	584(%rsp), %rdi
	leaq	576(%rsp), %rsi
	callq	*%rax
	addq	$496, %rsp
	.cfi_adjust_cfa_offset -496
	movq	112(%rsp), %rdi
	movq	80(%rsp), %r15
	movl	%eax, (%rsp)
	movabsq	$PyEval_RestoreThread, %rax
	callq	*%rax
	movq	16(%rsp), %rdi
	movabsq	$NRT_decref, %rbx
	callq	*%rbx
	movq	%r13, %rdi
	callq	*%rbx
	movq	%rbp, %rdi
	callq	*%rbx
	movq	%r14, %rdi
	callq	*%rbx
	movq	72(%rsp), %rdi
	callq	*%rbx
	movq	%r12, %rdi
	callq	*%rbx
	movq	104(%rsp), %rdi
	callq	*%rbx
	cmpl	$0, (%rsp)
	je	.LBB1_32
	movabsq	$PyErr_Clear, %rax
	callq	*%rax
	movl	8(%r15), %esi
	movq	(%r15), %rdi
	cmpl	$0, 32(%r15)
	jle	.LBB1_34
	movslq	%esi, %rsi
	movabsq	$PyBytes_FromStringAndSize, %rax
	callq	*%rax
	movq	16(%r15), %rdi
	movq	%rax, %rbx
	callq	*24(%r15)
	testq	%rax, %rax
	je	.LBB1_54
	movabsq	$numba_runtime_build_excinfo_struct, %rcx
	movq	%rbx, %rdi
	movq	%rax, %rsi
	callq	*%rcx
	movabsq	$NRT_Free, %r14
	movq	%r15, %rdi
	movq	%rax, %rbx
	callq	*%r14
	testq	%rbx, %rbx
	jne	.LBB1_30
	jmp	.LBB1_38
.LBB1_32:
	movabsq	$_Py_NoneStruct, %rbx
	movabsq	$Py_IncRef, %rax
	movq	%rbx, %rdi
	callq	*%rax
	jmp	.LBB1_33
.LBB1_34:
	movq	16(%r15), %rdx
	movabsq	$numba_unpickle, %rax
	callq	*%rax
	movq	%rax, %rbx
	testq	%rbx, %rbx
	je	.LBB1_38
.LBB1_30:
	movabsq	$numba_do_raise, %rax
	movq	%rbx, %rdi
.LBB1_31:
	callq	*%rax
	xorl	%ebx, %ebx
.LBB1_33:
	movq	%rbx, %rax
	addq	$872, %rsp
	.cfi_def_cfa_offset 56
	popq	%rbx
	.cfi_def_cfa_offset 48
	popq	%r12
	.cfi_def_cfa_offset 40
	popq	%r13
	.cfi_def_cfa_offset 32
	popq	%r14
	.cfi_def_cfa_offset 24
	popq	%r15
	.cfi_def_cfa_offset 16
	popq	%rbp
	.cfi_def_cfa_offset 8
	vzeroupper
	retq
.LBB1_36:
	.cfi_def_cfa_offset 928
	movabsq	$PyExc_RuntimeError, %rdi
	movabsq	$".const.missing Environment: _ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE", %rsi
	jmp	.LBB1_55
.LBB1_37:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	testb	%bl, %bl
	je	.LBB1_4
.LBB1_38:
	xorl	%ebx, %ebx
	jmp	.LBB1_33
.LBB1_39:
	movq	%rax, %rbp
	movq	%r12, %r15
	movq	$0, 40(%rsp)
	jmp	.LBB1_6
.LBB1_40:
	movq	$0, 32(%rsp)
	callq	*%r13
	testq	%rax, %rax
	je	.LBB1_9
	jmp	.LBB1_53
.LBB1_41:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	testb	%bl, %bl
	je	.LBB1_11
	jmp	.LBB1_53
.LBB1_42:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	testb	%bl, %bl
	je	.LBB1_13
	jmp	.LBB1_52
.LBB1_43:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	testb	%bl, %bl
	je	.LBB1_15
	jmp	.LBB1_51
.LBB1_44:
	movq	$0, 24(%rsp)
	callq	*%r13
	testq	%rax, %rax
	je	.LBB1_18
	jmp	.LBB1_50
.LBB1_45:
	xorl	%ebp, %ebp
	callq	*%r13
	testq	%rax, %rax
	je	.LBB1_20
	jmp	.LBB1_50
.LBB1_46:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	jmp	.LBB1_50
.LBB1_47:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	testb	%bl, %bl
	je	.LBB1_24
	jmp	.LBB1_49
.LBB1_48:
	movabsq	$PyExc_TypeError, %rdi
	movabsq	$".const.can't unbox array from PyObject into native value.  The object maybe of a different type", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	movq	8(%rsp), %rdi
	movabsq	$NRT_decref, %rax
	callq	*%rax
.LBB1_49:
	movabsq	$NRT_decref, %rax
	movq	%r13, %rdi
	callq	*%rax
	movq	16(%rsp), %r12
.LBB1_50:
	movq	48(%rsp), %rdi
	movabsq	$NRT_decref, %rax
	callq	*%rax
.LBB1_51:
	movq	56(%rsp), %rdi
	movabsq	$NRT_decref, %rax
	callq	*%rax
.LBB1_52:
	movq	64(%rsp), %rdi
	movabsq	$NRT_decref, %rax
	callq	*%rax
.LBB1_53:
	movabsq	$NRT_decref, %rax
	movq	%r12, %rdi
	jmp	.LBB1_31
.LBB1_54:
	movabsq	$PyExc_RuntimeError, %rdi
	movabsq	$".const.Error creating Python tuple from runtime exception arguments", %rsi
.LBB1_55:
	movabsq	$PyErr_SetString, %rax
	vzeroupper
	callq	*%rax
	xorl	%ebx, %ebx
	jmp	.LBB1_33
.Lfunc_end1:
	.size	_ZN7cpython9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, .Lfunc_end1-_ZN7cpython9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.cfi_endproc

	.globl	cfunc._ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.p2align	4
	.type	cfunc._ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE,@function
cfunc._ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE:
	.cfi_startproc
	pushq	%r15
	.cfi_def_cfa_offset 16
	pushq	%r14
	.cfi_def_cfa_offset 24
	pushq	%r13
	.cfi_def_cfa_offset 32
	pushq	%r12
	.cfi_def_cfa_offset 40
	pushq	%rbx
	.cfi_def_cfa_offset 48
	subq	$528, %rsp
	.cfi_def_cfa_offset 576
	.cfi_offset %rbx, -48
	.cfi_offset %r12, -40
	.cfi_offset %r13, -32
	.cfi_offset %r14, -24
	.cfi_offset %r15, -16
	vmovups	888(%rsp), %xmm5
	vmovaps	944(%rsp), %xmm6
	vmovups	1016(%rsp), %xmm7
	movq	1032(%rsp), %r13
	movq	856(%rsp), %rbx
	movq	912(%rsp), %r14
	movq	960(%rsp), %r15
	movq	984(%rsp), %r12
	vmovups	600(%rsp), %xmm0
	vmovups	648(%rsp), %xmm1
	vmovaps	720(%rsp), %xmm2
	vmovups	792(%rsp), %xmm3
	vmovups	840(%rsp), %xmm4
	movq	$0, 520(%rsp)
	movq	$0, 512(%rsp)
	movq	576(%rsp), %rax
	movq	616(%rsp), %rcx
	movq	664(%rsp), %rdx
	movq	688(%rsp), %rsi
	movq	736(%rsp), %rdi
	movq	760(%rsp), %r10
	movq	808(%rsp), %r11
	movq	%r13, 472(%rsp)
	vmovups	%xmm7, 456(%rsp)
	movq	%r12, 424(%rsp)
	movq	%r15, 400(%rsp)
	vmovups	%xmm6, 384(%rsp)
	movq	%r14, 352(%rsp)
	vmovups	%xmm5, 328(%rsp)
	movq	%rbx, 296(%rsp)
	movzbl	832(%rsp), %ebx
	vmovups	%xmm4, 280(%rsp)
	movq	%r11, 248(%rsp)
	andl	$1, %ebx
	movl	%ebx, 272(%rsp)
	vmovups	%xmm3, 232(%rsp)
	movq	%rdi, 176(%rsp)
	movq	%r10, 200(%rsp)
	vmovups	%xmm2, 160(%rsp)
	movq	%rsi, 128(%rsp)
	movq	%rdx, 104(%rsp)
	vmovups	%xmm1, 88(%rsp)
	movq	%rcx, 56(%rsp)
	vmovups	%xmm0, 40(%rsp)
	movq	%rax, 16(%rsp)
	movabsq	$_ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, %rax
	leaq	520(%rsp), %rdi
	leaq	512(%rsp), %rsi
	movq	%r9, 8(%rsp)
	movq	%r8, (%rsp)
	callq	*%rax
	movq	512(%rsp), %r14
	movq	520(%rsp), %rbx
	movl	$0, 508(%rsp)
	testl	%eax, %eax
	je	.LBB2_7
	movabsq	$numba_gil_ensure, %rax
	leaq	508(%rsp), %rdi
	callq	*%rax
	movabsq	$PyErr_Clear, %rax
	callq	*%rax
	movl	8(%r14), %esi
	movq	(%r14), %rdi
	cmpl	$0, 32(%r14)
	jle	.LBB2_4
	movslq	%esi, %rsi
	movabsq	$PyBytes_FromStringAndSize, %rax
	callq	*%rax
	movq	16(%r14), %rdi
	movq	%rax, %r15
	callq	*24(%r14)
	testq	%rax, %rax
	je	.LBB2_3
	movabsq	$numba_runtime_build_excinfo_struct, %rcx
	movq	%r15, %rdi
	movq	%rax, %rsi
	callq	*%rcx
	movabsq	$NRT_Free, %r12
	movq	%r14, %rdi
	movq	%rax, %r15
	callq	*%r12
	testq	%r15, %r15
	je	.LBB2_6
.LBB2_9:
	movabsq	$numba_do_raise, %rax
	movq	%r15, %rdi
	callq	*%rax
.LBB2_6:
	movabsq	$".const.<numba.core.cpu.CPUContext object at 0x7fa0ce17cc90>", %rdi
	movabsq	$PyUnicode_FromString, %rax
	callq	*%rax
	movabsq	$PyErr_WriteUnraisable, %r15
	movq	%rax, %r14
	movq	%r14, %rdi
	callq	*%r15
	movabsq	$Py_DecRef, %rax
	movq	%r14, %rdi
	callq	*%rax
	movabsq	$numba_gil_release, %rax
	leaq	508(%rsp), %rdi
	callq	*%rax
.LBB2_7:
	movq	%rbx, %rax
	addq	$528, %rsp
	.cfi_def_cfa_offset 48
	popq	%rbx
	.cfi_def_cfa_offset 40
	popq	%r12
	.cfi_def_cfa_offset 32
	popq	%r13
	.cfi_def_cfa_offset 24
	popq	%r14
	.cfi_def_cfa_offset 16
	popq	%r15
	.cfi_def_cfa_offset 8
	retq
.LBB2_4:
	.cfi_def_cfa_offset 576
	movq	16(%r14), %rdx
	movabsq	$numba_unpickle, %rax
	callq	*%rax
	movq	%rax, %r15
	testq	%r15, %r15
	jne	.LBB2_9
	jmp	.LBB2_6
.LBB2_3:
	movabsq	$PyExc_RuntimeError, %rdi
	movabsq	$".const.Error creating Python tuple from runtime exception arguments.1", %rsi
	movabsq	$PyErr_SetString, %rax
	callq	*%rax
	xorl	%ebx, %ebx
	jmp	.LBB2_7
.Lfunc_end2:
	.size	cfunc._ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE, .Lfunc_end2-cfunc._ZN9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE
	.cfi_endproc

	.weak	NRT_incref
	.p2align	4
	.type	NRT_incref,@function
NRT_incref:
	testq	%rdi, %rdi
	je	.LBB3_2
	lock		incq	(%rdi)
.LBB3_2:
	retq
.Lfunc_end3:
	.size	NRT_incref, .Lfunc_end3-NRT_incref

	.weak	NRT_decref
	.p2align	4
	.type	NRT_decref,@function
NRT_decref:
	.cfi_startproc
	testq	%rdi, %rdi
	je	.LBB4_2
	#MEMBARRIER
	lock		decq	(%rdi)
	je	.LBB4_3
.LBB4_2:
	retq
.LBB4_3:
	movabsq	$NRT_MemInfo_call_dtor, %rax
	#MEMBARRIER
	jmpq	*%rax
.Lfunc_end4:
	.size	NRT_decref, .Lfunc_end4-NRT_decref
	.cfi_endproc

	.type	.const.pickledata.140328628885504,@object
	.section	.lrodata,"al",@progbits
	.p2align	4, 0x0
.const.pickledata.140328628885504:
	.ascii	"\200\004\225B\000\000\000\000\000\000\000\214\bbuiltins\224\214\021ZeroDivisionError\224\223\224\214\030integer division by zero\224\205\224N\207\224."
	.size	.const.pickledata.140328628885504, 77

	.type	.const.pickledata.140328628885504.sha1,@object
	.p2align	4, 0x0
.const.pickledata.140328628885504.sha1:
	.ascii	"K5\272\212\362h-\272\360D\257G\350\224\335,\2618P4"
	.size	.const.pickledata.140328628885504.sha1, 20

	.type	.const.picklebuf.140328628885504,@object
	.p2align	4, 0x0
.const.picklebuf.140328628885504:
	.quad	.const.pickledata.140328628885504
	.long	77
	.zero	4
	.quad	.const.pickledata.140328628885504.sha1
	.quad	0
	.long	0
	.zero	4
	.size	.const.picklebuf.140328628885504, 40

	.type	.const.scan,@object
.const.scan:
	.asciz	"scan"
	.size	.const.scan, 5

	.type	_ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE,@object
	.comm	_ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE,8,8
	.type	".const.missing Environment: _ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE",@object
	.p2align	4, 0x0
".const.missing Environment: _ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE":
	.asciz	"missing Environment: _ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE"
	.size	".const.missing Environment: _ZN08NumbaEnv9hashbench7ranking4scan4scanB2v1B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AE5ArrayIhLi2E1C7mutable7alignedExx5ArrayIyLi2E1C7mutable7alignedE5ArrayIhLi2E1C7mutable7alignedE5ArrayIyLi2E1C7mutable7alignedEbxx5ArrayIxLi1E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE5ArrayIiLi2E1C7mutable7alignedE", 333

	.type	".const.can't unbox array from PyObject into native value.  The object maybe of a different type",@object
	.p2align	4, 0x0
".const.can't unbox array from PyObject into native value.  The object maybe of a different type":
	.asciz	"can't unbox array from PyObject into native value.  The object maybe of a different type"
	.size	".const.can't unbox array from PyObject into native value.  The object maybe of a different type", 89

	.type	".const.Error creating Python tuple from runtime exception arguments",@object
	.p2align	4, 0x0
".const.Error creating Python tuple from runtime exception arguments":
	.asciz	"Error creating Python tuple from runtime exception arguments"
	.size	".const.Error creating Python tuple from runtime exception arguments", 61

	.type	".const.Error creating Python tuple from runtime exception arguments.1",@object
	.p2align	4, 0x0
".const.Error creating Python tuple from runtime exception arguments.1":
	.asciz	"Error creating Python tuple from runtime exception arguments"
	.size	".const.Error creating Python tuple from runtime exception arguments.1", 61

	.type	".const.<numba.core.cpu.CPUContext object at 0x7fa0ce17cc90>",@object
	.p2align	4, 0x0
".const.<numba.core.cpu.CPUContext object at 0x7fa0ce17cc90>":
	.asciz	"<numba.core.cpu.CPUContext object at 0x7fa0ce17cc90>"
	.size	".const.<numba.core.cpu.CPUContext object at 0x7fa0ce17cc90>", 53

	.type	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_empty12_3clocals_3e4implB2v2B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx17class_28uint16_29,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_empty12_3clocals_3e4implB2v2B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx17class_28uint16_29,8,8
	.type	.const.pickledata.140328629953728,@object
	.p2align	4, 0x0
.const.pickledata.140328629953728:
	.ascii	"\200\004\225K\000\000\000\000\000\000\000\214\bbuiltins\224\214\013MemoryError\224\223\224\214'Allocation failed (probably too large).\224\205\224N\207\224."
	.size	.const.pickledata.140328629953728, 86

	.type	.const.pickledata.140328629953728.sha1,@object
	.p2align	4, 0x0
.const.pickledata.140328629953728.sha1:
	.ascii	"\272(\235\201\360\\p \363G|\025sH\004\337e\253\342\t"
	.size	.const.pickledata.140328629953728.sha1, 20

	.type	.const.picklebuf.140328629953728,@object
	.p2align	4, 0x0
.const.picklebuf.140328629953728:
	.quad	.const.pickledata.140328629953728
	.long	86
	.zero	4
	.quad	.const.pickledata.140328629953728.sha1
	.quad	0
	.long	0
	.zero	4
	.size	.const.picklebuf.140328629953728, 40

	.type	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_zeros12_3clocals_3e4implB2v5B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx16class_28int64_29,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_zeros12_3clocals_3e4implB2v5B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx16class_28int64_29,8,8
	.type	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_empty12_3clocals_3e4implB2v6B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx16class_28int64_29,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj11ol_np_empty12_3clocals_3e4implB2v6B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEx16class_28int64_29,8,8
	.type	.const.pickledata.140328762168000,@object
	.p2align	4, 0x0
.const.pickledata.140328762168000:
	.ascii	"\200\004\225B\000\000\000\000\000\000\000\214\bbuiltins\224\214\nValueError\224\223\224\214\037negative dimensions not allowed\224\205\224N\207\224."
	.size	.const.pickledata.140328762168000, 77

	.type	.const.pickledata.140328762168000.sha1,@object
	.p2align	4, 0x0
.const.pickledata.140328762168000.sha1:
	.ascii	"3\033\205c\275\271\332\310\0338B\"s\005,Ho\301pk"
	.size	.const.pickledata.140328762168000.sha1, 20

	.type	.const.picklebuf.140328762168000,@object
	.p2align	4, 0x0
.const.picklebuf.140328762168000:
	.quad	.const.pickledata.140328762168000
	.long	77
	.zero	4
	.quad	.const.pickledata.140328762168000.sha1
	.quad	0
	.long	0
	.zero	4
	.size	.const.picklebuf.140328762168000, 40

	.type	.const.pickledata.140328630021888,@object
	.p2align	4, 0x0
.const.pickledata.140328630021888:
	.ascii	"\200\004\225~\000\000\000\000\000\000\000\214\bbuiltins\224\214\nValueError\224\223\224\214[array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size.\224\205\224N\207\224."
	.size	.const.pickledata.140328630021888, 137

	.type	.const.pickledata.140328630021888.sha1,@object
	.p2align	4, 0x0
.const.pickledata.140328630021888.sha1:
	.ascii	"X\341N\314\265\007\261\340 i\201t\002#\346\205\313\214<W"
	.size	.const.pickledata.140328630021888.sha1, 20

	.type	.const.picklebuf.140328630021888,@object
	.p2align	4, 0x0
.const.picklebuf.140328630021888:
	.quad	.const.pickledata.140328630021888
	.long	137
	.zero	4
	.quad	.const.pickledata.140328630021888.sha1
	.quad	0
	.long	0
	.zero	4
	.size	.const.picklebuf.140328630021888, 40

	.type	_ZN08NumbaEnv5numba2np8arrayobj15_call_allocatorB2v3B42c8tJTC_2fWQA93W1AaAIYBPIqRBFCjDSZRVAJmaQIAEN29typeref_5b_3cclass_20_27numba4core5types8npytypes14Array_27_3e_5dExj,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj15_call_allocatorB2v3B42c8tJTC_2fWQA93W1AaAIYBPIqRBFCjDSZRVAJmaQIAEN29typeref_5b_3cclass_20_27numba4core5types8npytypes14Array_27_3e_5dExj,8,8
	.type	_ZN08NumbaEnv5numba2np8arrayobj18_ol_array_allocate12_3clocals_3e4implB2v4B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEN29typeref_5b_3cclass_20_27numba4core5types8npytypes14Array_27_3e_5dExj,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj18_ol_array_allocate12_3clocals_3e4implB2v4B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dEN29typeref_5b_3cclass_20_27numba4core5types8npytypes14Array_27_3e_5dExj,8,8
	.type	.const.pickledata.140328629953728.8,@object
	.p2align	4, 0x0
.const.pickledata.140328629953728.8:
	.ascii	"\200\004\225K\000\000\000\000\000\000\000\214\bbuiltins\224\214\013MemoryError\224\223\224\214'Allocation failed (probably too large).\224\205\224N\207\224."
	.size	.const.pickledata.140328629953728.8, 86

	.type	.const.pickledata.140328629953728.sha1.9,@object
	.p2align	4, 0x0
.const.pickledata.140328629953728.sha1.9:
	.ascii	"\272(\235\201\360\\p \363G|\025sH\004\337e\253\342\t"
	.size	.const.pickledata.140328629953728.sha1.9, 20

	.type	.const.picklebuf.140328629953728.7,@object
	.p2align	4, 0x0
.const.picklebuf.140328629953728.7:
	.quad	.const.pickledata.140328629953728.8
	.long	86
	.zero	4
	.quad	.const.pickledata.140328629953728.sha1.9
	.quad	0
	.long	0
	.zero	4
	.size	.const.picklebuf.140328629953728.7, 40

	.type	_ZN08NumbaEnv5numba2np8arrayobj18ol_array_zero_fill12_3clocals_3e4implB2v7B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dE5ArrayIxLi1E1C7mutable7alignedE,@object
	.comm	_ZN08NumbaEnv5numba2np8arrayobj18ol_array_zero_fill12_3clocals_3e4implB2v7B42c8tJTIeFIjxB2IKSgI4CrvQClcaMQ5hEEUSJJgA_3dE5ArrayIxLi1E1C7mutable7alignedE,8,8
	.type	_ZN08NumbaEnv9hashbench7ranking4scan4meetB2v8B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AEb5ArrayIyLi2E1C7mutable7alignedEx5ArrayIyLi2E1C7mutable7alignedEx,@object
	.comm	_ZN08NumbaEnv9hashbench7ranking4scan4meetB2v8B40c8tJTIeFIjxB2IKSgI4CrvQClQZ6FcpCShpgEU0AEb5ArrayIyLi2E1C7mutable7alignedEx5ArrayIyLi2E1C7mutable7alignedEx,8,8
	.section	".note.GNU-stack","",@progbits
